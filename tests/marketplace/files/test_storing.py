"""A blob is kept whole or not at all, once, for as long as something refers to it."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from threading import Barrier
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from django.db import connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoCaptureOnCommitCallbacks as Callbacks
from pytest_django import DjangoDbBlocker

from marketplace.files import stores, storing
from marketplace.files.blobs import Blob, storage
from marketplace.files.cids import cid_of
from marketplace.files.errors import BlobGoneError, DiskFullError
from marketplace.files.storing import forget_blob, keep_blob
from marketplace.publish.models import Draft, DraftFile
from tests import databases
from tests.factories.reports import user
from tests.model_files import files_in
from tests.waiting import until

BYTES = b"weights" * 100_000


@pytest.fixture
def apart(catalogue_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A database of one's own, for what commits."""
    copied = databases.copied(catalogue_database, f"blobs_{os.getpid()}")
    with django_db_blocker.unblock(), copied as name, databases.named(name):
        yield


def read(blob: Blob) -> bytes:
    """Return what is in a blob."""
    with blob.open() as file:
        return bytes(file.read())


@pytest.mark.django_db
def test_a_file_is_kept_under_what_is_in_it(model_files: Path, tmp_path: Path) -> None:
    source = tmp_path / "own.bin"
    source.write_bytes(BYTES)
    blob = keep_blob(source=source)
    assert (blob.sha256, blob.size) == (hashlib.sha256(BYTES).hexdigest(), len(BYTES))
    assert read(blob) == BYTES == source.read_bytes()
    assert keep_blob(source=BytesIO(BYTES)).pk == blob.pk
    assert [path.name for path in model_files.rglob("*") if path.is_file()] == [blob.sha256]


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(st.binary(max_size=2_000))
def test_a_small_file_has_its_plain_address(model_files: Path, content: bytes) -> None:
    assert keep_blob(source=BytesIO(content)).cid == cid_of(content)


@pytest.mark.django_db
def test_lost_bytes_are_there_again_when_somebody_brings_them(model_files: Path) -> None:
    blob = keep_blob(source=BytesIO(BYTES))
    (model_files / blob.key).unlink()
    keep_blob(source=BytesIO(BYTES))
    assert read(blob) == BYTES


@pytest.mark.django_db
def test_a_full_disk_says_so(tmp_path: Path) -> None:
    with files_in(tmp_path, UPLOAD_DISK_FLOOR=10**18), pytest.raises(DiskFullError):
        keep_blob(source=BytesIO(BYTES))


@pytest.mark.django_db
def test_a_source_that_breaks_leaves_nothing(model_files: Path) -> None:
    class Broken(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 1_000:
                raise InterruptedError
            return super().read(1_001)

    with pytest.raises(InterruptedError):
        keep_blob(source=Broken(BYTES))
    assert not [path for path in model_files.rglob("*") if path.is_file()]
    assert not Blob.objects.exists()


@pytest.mark.django_db
def test_what_nothing_refers_to_is_forgotten_with_its_bytes(
    model_files: Path,
    django_capture_on_commit_callbacks: Callbacks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(storing, "_forgotten", [lambda *blob: told.append(blob)])
    blob = keep_blob(source=BytesIO(BYTES))
    with django_capture_on_commit_callbacks(execute=True):
        assert forget_blob(sha256=blob.sha256)
    assert not (model_files / blob.key).exists()
    assert told == [(blob.sha256, blob.cid)]
    assert not forget_blob(sha256=blob.sha256)


@pytest.mark.django_db
def test_what_a_draft_has_stays(model_files: Path) -> None:
    blob = keep_blob(source=BytesIO(BYTES))
    DraftFile.objects.create(draft=Draft.objects.create(user=user()), path="model.bin", blob=blob)
    assert not forget_blob(sha256=blob.sha256)
    assert read(blob) == BYTES


@pytest.mark.django_db
def test_bytes_that_came_back_before_they_went_stay(
    model_files: Path, django_capture_on_commit_callbacks: Callbacks
) -> None:
    blob = keep_blob(source=BytesIO(BYTES))
    with django_capture_on_commit_callbacks(execute=True):
        assert forget_blob(sha256=blob.sha256)
        keep_blob(source=BytesIO(BYTES))
    assert read(blob) == BYTES


def alone(work: object) -> object:
    try:
        return work()  # type: ignore[operator]
    finally:
        connections.close_all()


def test_the_same_bytes_many_times_at_once(apart: None, model_files: Path) -> None:
    start = Barrier(4)

    def keep() -> str:
        start.wait()
        return keep_blob(source=BytesIO(BYTES)).pk

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(alone, [keep] * 4))) == 1
    assert read(Blob.objects.get()) == BYTES
    assert not list((model_files / "parts").iterdir())


def test_who_attaches_and_who_collects_at_once(apart: None, model_files: Path) -> None:
    """Either the blob stays and is whole, or who attaches is told; never a row without bytes."""
    draft = Draft.objects.create(user=user())
    told = set()
    for number in range(30):
        blob = keep_blob(source=BytesIO(BYTES + bytes([number])))
        start = Barrier(2)

        def attach(sha256: str = blob.sha256, number: int = number, start: Barrier = start) -> bool:
            start.wait()
            try:
                with transaction.atomic():
                    DraftFile.objects.create(draft=draft, path=f"{number}.bin", blob=Blob.objects.hold(sha256))
            except BlobGoneError:
                return False
            return True

        def collect(sha256: str = blob.sha256, start: Barrier = start) -> bool:
            start.wait()
            return forget_blob(sha256=sha256)

        with ThreadPoolExecutor(2) as pool:
            attached, collected = pool.map(alone, [attach, collect])
        assert attached != collected
        assert (model_files / blob.key).exists() == attached
        told.add(attached)
    assert told  # usually both happen


def test_a_kill_in_the_middle_leaves_no_half_blob(apart: None, model_files: Path) -> None:
    script = (
        "import django, os, sys; django.setup()\n"
        "from marketplace.files.storing import keep_blob\n"
        "keep_blob(source=os.fdopen(0, 'rb'))\n"
    )
    variables = {
        **os.environ,
        "DATABASE_URL": databases.url(connection.settings_dict["NAME"]),
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "MODEL_FILES": str(model_files),
    }
    child = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, env=variables)
    assert child.stdin
    child.stdin.write(b"x" * 3_000_000)
    child.stdin.flush()
    parts = model_files / "parts"
    until(lambda: any(path.stat().st_size for path in parts.glob("copy-*")) if parts.exists() else False)
    child.send_signal(signal.SIGKILL)
    child.stdin.close()
    child.wait()
    assert not Blob.objects.exists()
    assert not list(model_files.glob("[0-9a-f][0-9a-f]/*"))


MEMORY = {"BACKEND": "django.core.files.storage.InMemoryStorage"}


@pytest.mark.django_db
def test_a_store_that_is_no_folder(tmp_path: Path, django_capture_on_commit_callbacks: Callbacks) -> None:
    with files_in(tmp_path, MEMORY):
        blob = keep_blob(source=BytesIO(BYTES))
        assert read(keep_blob(source=BytesIO(BYTES))) == BYTES
        assert not list((tmp_path / "parts").iterdir())
        stores.put(_written(tmp_path, BYTES), blob)  # two at once: the second name goes again
        assert storage().listdir(blob.sha256[:2])[1] == [blob.sha256]
        with django_capture_on_commit_callbacks(execute=True):
            assert forget_blob(sha256=blob.sha256)
        assert not storage().exists(blob.key)


def _written(folder: Path, content: bytes) -> Path:
    path = folder / str(uuid4())
    path.write_bytes(content)
    return path


@pytest.mark.django_db
def test_an_object_store_says_by_its_client_that_there_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"Code": "404"}

    class Store:
        def size(self, name: str) -> int:
            raise ClientError({"Error": said}, "HeadObject")

    monkeypatch.setattr(stores, "storage", Store)
    assert not stores.is_there(Blob(sha256="0" * 64, size=1))
    said["Code"] = "403"
    with pytest.raises(ClientError):
        stores.is_there(Blob(sha256="0" * 64, size=1))
