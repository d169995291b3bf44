"""What nobody needs is deleted, and nothing else."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks as Callbacks

from accounts.models import User
from marketplace.files import parts, stores, tasks, tidying, uploading
from marketplace.files.blobs import Blob, Failure, Upload
from marketplace.files.storing import keep_blob
from marketplace.files.uploading import UNTOUCHED, begin_upload, forget_uploads
from marketplace.publish.models import Draft, DraftFile
from tests.factories.reports import user

pytestmark = pytest.mark.django_db
OLD = timezone.now() - UNTOUCHED - timedelta(hours=1)
BYTES = b"weights" * 1_000


@pytest.fixture
def maker(model_files: Path) -> User:
    """Somebody who has sent something."""
    return user("a")


def arrived(maker: User, content: bytes, size: int | None = None, **more: str) -> Upload:
    """Return an upload of which some bytes, or all, are here."""
    upload = begin_upload(user=maker, path="a.bin", size=len(content) if size is None else size, **more)
    parts.path_of(upload.pk).write_bytes(content)
    upload.offset = len(content)
    upload.save()
    return upload


def test_an_upload_that_stands_still_goes(maker: User) -> None:
    still, fresh = arrived(maker, BYTES, 10_000), arrived(maker, BYTES, 10_000)
    Upload.objects.filter(pk=still.pk).update(touched_at=OLD)
    tasks.tidy()
    assert Upload.objects.get() == fresh
    assert [path.name for path in stores.parts_folder().iterdir()] == [str(fresh.pk)]


def test_one_that_is_written_at_this_moment_stays(maker: User) -> None:
    still = arrived(maker, BYTES, 10_000)
    Upload.objects.update(touched_at=OLD)
    with parts.opened_part(still.pk):
        tasks.tidy()
    assert Upload.objects.exists()


def test_a_blob_that_nothing_refers_to_goes_after_a_while(
    maker: User, django_capture_on_commit_callbacks: Callbacks
) -> None:
    young, _unneeded, needed = (keep_blob(source=BytesIO(BYTES + bytes([number]))) for number in range(3))
    DraftFile.objects.create(draft=Draft.objects.create(user=maker), path="a.bin", blob=needed)
    Blob.objects.exclude(pk=young.pk).update(created_at=OLD)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.tidy()
    assert set(Blob.objects.all()) == {young, needed}


def test_files_that_no_row_knows_go(maker: User, model_files: Path) -> None:
    kept, upload = keep_blob(source=BytesIO(BYTES)), arrived(maker, BYTES, 10_000)
    stray = model_files / "ab" / ("ab" + "0" * 62)
    stray.parent.mkdir(exist_ok=True)
    names = ["copy-x", str(uuid4()), "README"]
    for path in (stray, *((model_files / "parts" / name) for name in names)):
        path.write_bytes(b"x")
    fresh = model_files / "ab" / ("ab" + "1" * 62)
    long_ago = time.time() - tidying.STRAY - 60
    for path in model_files.rglob("*"):
        if path.is_file():
            os.utime(path, (long_ago, long_ago))
    fresh.write_bytes(b"x")
    tasks.tidy()
    left = {path.name for path in model_files.rglob("*") if path.is_file()}
    assert left == {kept.sha256, str(upload.pk), "README", fresh.name}


def test_what_was_left_by_a_task_that_died_is_kept(maker: User) -> None:
    upload = arrived(maker, BYTES)
    with parts.opened_part(upload.pk):
        tasks.keep_waiting()
    assert Upload.objects.get().state == "checking"
    tasks.keep_waiting()
    found = Upload.objects.get()
    assert found.state == "kept"
    assert found.blob
    assert found.blob.size == len(BYTES)
    tasks.keep_upload(str(upload.pk))
    tasks.keep_upload(str(uuid4()))


def test_bytes_that_were_lost_are_said_to_be(maker: User) -> None:
    upload = arrived(maker, BYTES)
    parts.path_of(upload.pk).write_bytes(BYTES[:-1])
    assert uploading.offset_of(upload) == len(BYTES) - 1
    tasks.keep_waiting()
    assert Upload.objects.get().failure == Failure.LOST


def test_who_is_told_that_it_is_kept(maker: User, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Upload] = []
    monkeypatch.setattr(uploading, "_kept", [told.append])
    arrived(maker, BYTES)
    tasks.keep_waiting()
    tasks.keep_waiting()
    assert [each.blob_id for each in told] == [Blob.objects.get().pk]


def test_what_fails_when_it_is_told_is_kept_the_next_time(maker: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(upload: Upload) -> None:
        raise ZeroDivisionError

    upload = arrived(maker, BYTES)
    monkeypatch.setattr(uploading, "_kept", [fail])
    with pytest.raises(ZeroDivisionError):
        tasks.keep_waiting()
    assert not Blob.objects.exists()
    assert parts.size_of(upload.pk) == len(BYTES)
    monkeypatch.setattr(uploading, "_kept", [])
    tasks.keep_waiting()
    assert Upload.objects.get().state == "kept"


def test_an_account_that_is_erased_leaves_no_bytes(maker: User, model_files: Path) -> None:
    arrived(maker, BYTES, 10_000)
    arrived(maker, BYTES)
    assert forget_uploads(maker.address) == 2
    assert not Upload.objects.exists()
    assert not list((model_files / "parts").iterdir())
