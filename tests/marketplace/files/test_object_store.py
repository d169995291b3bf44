"""Model files in an object store: a real server of S3's protocol keeps them, gives ranges of them, and loses them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks as Callbacks

from marketplace.files import stores
from marketplace.files.blobs import Blob, storage
from marketplace.files.ranges import answer_blob
from marketplace.files.storing import forget_blob, keep_blob
from marketplace.files.tidying import tidy_all
from marketplace.publish.models import Draft, DraftFile
from tests.factories.reports import user
from tests.model_files import files_in
from tests.object_store import BUCKET, PREFIX, client_of, object_store

LARGE = os.urandom(1_000) * 20_000  # 20 MB, which go in several parts
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, Any]]:
    with object_store() as said:
        yield said


@pytest.fixture
def store(server: dict[str, Any], tmp_path: Path) -> Iterator[Any]:
    """A client of the server, which the site keeps its model files at."""
    with files_in(tmp_path, server):
        yield client_of(server["OPTIONS"]["endpoint_url"])


def names(store: Any) -> list[str]:
    """Return what the server has."""
    return [each["Key"] for each in store.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


@pytest.fixture
def large(store: Any) -> Iterator[Blob]:
    blob = keep_blob(source=BytesIO(LARGE))
    yield blob
    stores.remove(blob.sha256)


def test_a_large_file_is_kept_whole_under_what_is_in_it(store: Any, large: Blob, tmp_path: Path) -> None:
    key = f"{PREFIX}/{large.sha256[:2]}/{large.sha256}"
    assert names(store) == [key]
    assert hashlib.sha256(store.get_object(Bucket=BUCKET, Key=key)["Body"].read()).hexdigest() == large.sha256
    assert stores.path_of(large) is None
    assert stores.is_there(large)
    with large.open() as file:
        file.seek(19_000_000)
        assert file.read(1_000) == LARGE[19_000_000:19_001_000]
    assert keep_blob(source=BytesIO(LARGE)).pk == large.pk
    assert names(store) == [key]
    assert not list((tmp_path / "parts").iterdir()), "nothing of it stays on this machine"


def test_a_download_goes_on_at_any_byte_and_has_its_name(large: Blob) -> None:
    answer = answer_blob(RequestFactory().get("/"), large, "weights/model.safetensors")
    assert (answer.status_code, answer["Cache-Control"]) == (302, "private, no-store")
    address = answer["Location"]
    assert "X-Amz-Expires=60" in address  # no longer than it takes to begin (docs/decisions/0349)
    assert "X-Amz-Signature=" in address
    with httpx.Client() as client:
        some = client.get(address, headers={"Range": "bytes=19000000-"})
        assert (some.status_code, some.content) == (206, LARGE[19_000_000:])
        assert some.headers["content-range"] == f"bytes 19000000-{len(LARGE) - 1}/{len(LARGE)}"
        assert some.headers["content-disposition"] == 'attachment; filename="model.safetensors"'
        assert some.headers["content-type"] == "application/octet-stream"
        assert hashlib.sha256(client.get(address).content).hexdigest() == large.sha256
        assert client.get(address, headers={"Range": f"bytes={len(LARGE)}-"}).status_code == 416


def test_what_is_lost_or_half_there_is_noticed_and_brought_again(store: Any, large: Blob) -> None:
    (key,) = names(store)
    store.put_object(Bucket=BUCKET, Key=key, Body=LARGE[:-1])
    assert not stores.is_there(large)
    store.delete_object(Bucket=BUCKET, Key=key)
    assert not stores.is_there(large)
    keep_blob(source=BytesIO(LARGE))
    assert stores.is_there(large)


def test_what_nothing_refers_to_goes_and_what_a_draft_has_stays(
    store: Any, django_capture_on_commit_callbacks: Callbacks
) -> None:
    blobs = [keep_blob(source=BytesIO(content)) for content in (b"kept", b"tidied", b"forgotten")]
    DraftFile.objects.create(draft=Draft.objects.create(user=user()), path="model.bin", blob=blobs[0])
    with django_capture_on_commit_callbacks(execute=True):
        assert forget_blob(sha256=blobs[2].sha256)
        assert not forget_blob(sha256=blobs[0].sha256)
    assert len(names(store)) == 2
    Blob.objects.update(created_at=timezone.now() - timedelta(days=1))
    with django_capture_on_commit_callbacks(execute=True):
        tidy_all()
    assert names(store) == [f"{PREFIX}/{blobs[0].key}"]
    with storage().open(blobs[0].key) as file:
        assert file.read() == b"kept"
    stores.remove(blobs[0].sha256)
