"""Downloads: whole, in ranges, and without a thread that waits for a client."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory, override_settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from common.slices import Slice
from config import asgi
from config.guard import slices
from config.guard.protocol import Message
from marketplace.files import stores
from marketplace.files.blobs import Blob
from marketplace.files.ranges import answer_blob, span_of
from tests.config.guard import driver
from tests.config.guard.driver import ask, http
from tests.model_files import files_in
from tests.waiting import becomes

from . import given as site

BYTES = Random(1).randbytes(1_300_000)  # noqa: S311  the same ids of tests for every worker
SHA256 = hashlib.sha256(BYTES).hexdigest()
ETAG = f'"{SHA256}"'
HERE = "/files/weights/model.bin"


@pytest.fixture(autouse=True)
def given_out(db: None, model_files: Path, tmp_path: Path) -> Iterator[None]:
    """A site that gives a file out."""
    blob = Blob(sha256=SHA256, cid="b", size=len(BYTES))
    source = tmp_path / "source"
    source.write_bytes(BYTES)
    stores.parts_folder()
    stores.put(source, blob)
    site.blobs["it"] = blob
    with override_settings(ROOT_URLCONF="tests.marketplace.files.given"):
        yield


def body_of(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else bytes(response.content)


def test_a_file_is_given_whole_to_be_saved() -> None:
    response = Client().get(HERE, headers={"accept-encoding": "gzip"})
    assert body_of(response) == BYTES
    assert response.headers["Content-Length"] == str(len(BYTES))
    assert response.headers["Content-Disposition"] == 'attachment; filename="model.bin"'
    assert response.headers["ETag"] == ETAG
    assert response.headers["Repr-Digest"] == f"sha-256=:{base64.b64encode(bytes.fromhex(SHA256)).decode()}:"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert response.headers["Cache-Control"] == "private, no-store"
    assert "Content-Encoding" not in response.headers
    response.close()


def test_its_head_says_how_long_it_is() -> None:
    response = Client().head(HERE, headers={"range": "bytes=0-9"})
    assert (response.status_code, response.headers["Content-Length"]) == (200, str(len(BYTES)))
    assert response.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    ("asked", "status", "span"),
    [
        ("bytes=0-", 206, range(len(BYTES))),
        ("bytes=0-0", 206, range(1)),
        ("bytes=1000000-", 206, range(1_000_000, len(BYTES))),
        ("bytes=-1", 206, range(len(BYTES) - 1, len(BYTES))),
        ("bytes=-99999999", 206, range(len(BYTES))),
        ("bytes=5-99999999", 206, range(5, len(BYTES))),
        *((odd, 200, range(len(BYTES))) for odd in ("bytes=5-4", "bytes=-", "bytes=a-b", "items=0-1", "bytes=0-1,3-4")),
        *((odd, 416, range(0)) for odd in ("bytes=1300000-", "bytes=9999999-99999999", "bytes=-0")),
    ],
)
def test_ranges(asked: str, status: int, span: range) -> None:
    response = Client().get(HERE, headers={"range": asked})
    assert response.status_code == status
    assert body_of(response) == BYTES[span.start : span.stop]
    if status == 206:
        assert response.headers["Content-Range"] == f"bytes {span.start}-{span.stop - 1}/{len(BYTES)}"
        assert response.headers["Content-Length"] == str(len(span))
    if status == 416:
        assert response.headers["Content-Range"] == f"bytes */{len(BYTES)}"
    response.close()


@hypothesis(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 50), st.text("bytes=-,0123456789 x", max_size=20) | st.from_regex(r"bytes=\d{0,2}-\d{0,2}"))
def test_no_range_is_outside(size: int, asked: str) -> None:
    request = RequestFactory().get("/", headers={"range": asked})
    span = span_of(request, Blob(sha256="0" * 64, size=size))
    assert span is None or not span or 0 <= span.start < span.stop <= size


@pytest.mark.parametrize(("condition", "status"), [(ETAG, 206), ('"other"', 200), (f"W/{ETAG}", 200), ("Mon", 200)])
def test_a_range_of_what_it_was(condition: str, status: int) -> None:
    response = Client().get(HERE, headers={"range": "bytes=5-", "if-range": condition})
    assert response.status_code == status
    response.close()


@pytest.mark.parametrize(("known", "status"), [(ETAG, 304), (f'"x", W/{ETAG}', 304), ("*", 304), ('"x"', 200)])
def test_who_has_it_already(known: str, status: int) -> None:
    response = Client().get(HERE, headers={"if-none-match": known})
    assert response.status_code == status
    response.close()


@pytest.mark.parametrize("name", ["a\r\nX: y", 'a"b', "naïve.bin", "../../x", "a\u202ecod.exe"])
def test_a_name_never_breaks_a_header(name: str) -> None:
    response = answer_blob(RequestFactory().head("/"), site.blobs["it"], name)
    assert "\n" not in response.headers["Content-Disposition"]
    assert "../" not in response.headers["Content-Disposition"]


def test_the_whole_site_sends_it_without_a_thread() -> None:
    """While a client reads nothing, all threads are free; and what it gets is the file."""

    async def conversation() -> bytes:
        got, may_read = [], asyncio.Event()

        async def send(message: Message) -> None:
            got.append(message)
            if message["type"] == "http.response.body":
                await may_read.wait()

        waiting = [
            asyncio.create_task(asgi.site(http(path=HERE), driver.Client().receive, send))
            for _ in range(asgi.limits.threads + 2)
        ]
        requests = len(waiting)
        await becomes(lambda: len([each for each in got if each["type"] == "http.response.start"]) == requests)
        await becomes(lambda: asgi.threads.busy == 0)
        for task in waiting[1:]:
            task.cancel()
        await asyncio.gather(*waiting[1:], return_exceptions=True)
        got.clear()
        may_read.set()
        await waiting[0]
        assert not slices._sending
        return b"".join(each.get("body", b"") for each in got)

    assert len(asyncio.run(conversation())) in range(len(BYTES) - slices.LARGE, len(BYTES) + 1)
    answer = asyncio.run(ask(asgi.site, http(path=HERE)))
    assert answer.body == BYTES
    part = asyncio.run(ask(asgi.site, http(path=HERE, headers=[(b"range", b"bytes=1299990-")])))
    assert (part.status, part.body) == (206, BYTES[-10:])


def test_a_client_that_reads_nothing_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    async def conversation() -> None:
        async def send(message: Message) -> None:
            if message["type"] == "http.response.body":
                await asyncio.Event().wait()

        found = stores.path_of(site.blobs["it"])
        assert found
        with pytest.raises(TimeoutError):
            await slices.send_slice(Slice(found, 0, 100), send, driver.Client(()).receive, 0.05)
        assert not slices._sending

    asyncio.run(conversation())


def test_nothing_is_read_for_a_client_that_has_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server takes what is sent to nobody without a word, as fast as the disk gives it."""
    sizes = list[int]()

    async def send(message: Message) -> None:
        sizes.append(len(message["body"]))

    async def conversation() -> None:
        found = stores.path_of(site.blobs["it"])
        assert found
        with pytest.raises(slices.EndedError):
            await slices.send_slice(Slice(found, 0, len(BYTES)), send, driver.Client((), leaves=True).receive, 30)

    monkeypatch.setattr(slices, "LARGE", 1000)
    asyncio.run(conversation())
    assert sum(sizes) < len(BYTES)


def test_the_system_may_hold_more_of_a_file_than_of_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """For as long as it is sent, and unless so many are that it would be much in all."""
    told = list[tuple[int, ...]]()

    async def send(message: Message) -> None:
        told.append((0,))

    async def conversation() -> None:
        found = stores.path_of(site.blobs["it"])
        assert found
        receive = driver.Client(()).receive
        await slices.send_slice(Slice(found, 0, 100), send, receive, 30, lambda *most: told.append(most))

    asyncio.run(conversation())
    assert told == [(slices.LARGE,), (0,), (0,), ()]
    told.clear()
    monkeypatch.setattr(slices, "MANY", 0)
    asyncio.run(conversation())
    assert told == [(0,), (0,), ()]


def test_a_question_without_an_answer_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[str]()

    def allowed() -> bool:
        asked.append("")
        if len(asked) < 5:
            raise OperationalError
        return False

    async def send(message: Message) -> None:
        await asyncio.Event().wait()

    async def conversation() -> None:
        found = stores.path_of(site.blobs["it"])
        assert found
        with pytest.raises(slices.EndedError):
            await slices.send_slice(Slice(found, 0, 100, allowed), send, driver.Client(()).receive, 30)

    monkeypatch.setattr(slices, "ASKED", 0.001)
    asyncio.run(conversation())
    assert len(asked) >= 5


def test_many_at_once_are_sent_in_small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "MANY", 0)
    answer = asyncio.run(ask(asgi.site, http(path=HERE)))
    assert max(len(each.get("body", b"")) for each in answer.messages) == slices.SMALL
    assert answer.body == BYTES


def test_from_an_object_store_it_comes_by_an_address(tmp_path: Path) -> None:
    store = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": "models",
            "endpoint_url": "http://127.0.0.1:9",
            "access_key": "a",
            "secret_key": "b",
            "querystring_expire": 60,
        },
    }
    with files_in(tmp_path, store):
        response = Client().get(HERE)
    assert response.status_code == 302
    assert response.headers["Location"].startswith(f"http://127.0.0.1:9/models/{SHA256[:2]}/{SHA256}?")
    assert "response-content-disposition=attachment" in response.headers["Location"]
