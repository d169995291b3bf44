"""A connection pool is for the web process alone."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.conf import settings as project

from common.checks import pool_is_for_the_web
from tests.flows.server import running


def test_a_pool_is_refused_wherever_checks_run(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pool_is_for_the_web(None) == []
    monkeypatch.setitem(project.DATABASES["default"].setdefault("OPTIONS", {}), "pool", {"min_size": 2})
    assert [found.id for found in pool_is_for_the_web(None)] == ["common.E001"]


def test_a_command_does_not_start_with_a_pool() -> None:
    ended = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env={**os.environ, "DATABASE_POOL": "1"},
        cwd=project.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "DATABASE_POOL" in ended.stderr


@pytest.mark.django_db
def test_the_web_serves_pages_from_its_pool(tmp_path: Path) -> None:
    with (
        running(tmp_path, DATABASE_POOL="1") as site,
        urlopen(f"{site}/readyz", timeout=20) as answer,  # noqa: S310  our own loopback address
    ):
        assert answer.status == 200
