"""A process of tasks that is killed in the middle of hashing: the next one does it whole."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from marketplace.checks import tasks
from marketplace.checks.models import Check, CheckState
from marketplace.files.blobs import Blob, storage
from marketplace.files.cids import cid_of
from stack.places import ROOT
from tests import databases
from tests.services import WORKER
from tests.waiting import until

LONG = 64 * 2**30  # bytes of a file without content: longer to hash than this test takes
HASH = """
import django
django.setup()
from marketplace.checks.tasks import hash_blobs
hash_blobs()
"""


@pytest.fixture
def database(migrated_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    with (
        databases.copied(migrated_database, f"checks_killed_{WORKER}") as name,
        databases.named(name),
        django_db_blocker.unblock(),
    ):
        yield name


def test_what_was_killed_is_done_by_the_next(database: str, store: Path) -> None:
    content = b"a model"
    blob = Blob.objects.create(sha256=hashlib.sha256(content).hexdigest(), cid=cid_of(content), size=len(content))
    storage().save(blob.key, ContentFile(content))
    check = Check.objects.create(subject=f"blob:{blob.sha256}", name="hash", todo=blob.size)
    path = Path(storage().path(blob.key))
    with path.open("r+b") as file:
        file.truncate(LONG)
    variables = {
        **os.environ,
        "DATABASE_URL": databases.url(database),
        "DJANGO_SETTINGS_MODULE": "tests.common.apart",
        "MODEL_FILES": str(store),
    }
    with subprocess.Popen([sys.executable, "-c", HASH], env=variables, cwd=ROOT) as child:
        until(lambda: is_running(check), lambda: f"ended with {child.poll()}")
        # While it runs, a second one finds nothing to do.
        tasks.hash_blobs()
        assert is_running(check)
        child.kill()
    path.write_bytes(content)
    Check.objects.update(created_at=timezone.now() - timedelta(hours=1))
    until(lambda: ended(check), lambda: str(check.state))
    assert check.state == CheckState.PASSED


def is_running(check: Check) -> bool:
    check.refresh_from_db()
    return check.state == CheckState.RUNNING


def ended(check: Check) -> bool:
    # The database sees a moment later that its client is gone.
    tasks.hash_blobs()
    check.refresh_from_db()
    return check.ended_at is not None
