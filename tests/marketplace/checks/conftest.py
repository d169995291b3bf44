"""A store of its own for each test."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings

from marketplace.files.blobs import STORAGE


@pytest.fixture(autouse=True)
def store(settings: LazySettings, tmp_path: Path) -> Path:
    backend = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = {**settings.STORAGES, STORAGE: {"BACKEND": backend, "OPTIONS": {"location": tmp_path}}}
    return tmp_path
