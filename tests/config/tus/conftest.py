"""The site with a database and a folder of its own, for what commits."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from config import asgi
from config.tus import Uploads
from marketplace.files.blobs import Blob, Upload
from tests import databases
from tests.factories.reports import user
from tests.model_files import files_in

from .client import Tus


@pytest.fixture(scope="module")
def apart(catalogue_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A database of the module's own."""
    copied = databases.copied(catalogue_database, f"tus_{os.getpid()}")
    with django_db_blocker.unblock(), copied as name, databases.named(name):
        yield


@pytest.fixture(scope="module")
def maker(apart: None) -> Tus:
    """Somebody who sends."""
    return Tus(user("a"))


@pytest.fixture(scope="module")
def stranger(apart: None) -> Tus:
    """Somebody else."""
    return Tus(user("c"))


@pytest.fixture(autouse=True)
def model_files(apart: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder of model files; parts stand in ``parts`` inside. Nothing is left of other tests."""
    Upload.objects.all().delete()
    Blob.objects.all().delete()
    monkeypatch.setattr(asgi, "tus", Uploads())
    with files_in(tmp_path / "model_files") as folder:
        yield folder
