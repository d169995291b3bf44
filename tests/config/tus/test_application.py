"""Files arrive by tus, at the whole site: who may send, what is said back, and what is kept."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import override_settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from accounts.models import User
from accounts.restrictions import Scope, lift_restrictions, restrict
from config import asgi
from config.tus import Uploads, application, receiving
from marketplace.files import parts, tasks
from marketplace.files.blobs import Blob, Upload
from marketplace.files.cids import cid_of
from tests.config.guard.driver import Answer, Client
from tests.model_files import files_in
from tests.sockets import do
from tests.waiting import becomes, take_in_loop

from .client import MIB, Tus, metadata, run

BYTES = os.urandom(3 * MIB + 12_345)
SHA256 = hashlib.sha256(BYTES).hexdigest()


def content_of(sha256: str) -> bytes:
    with Blob.objects.get(pk=sha256).open() as file:
        return bytes(file.read())


def test_what_is_spoken_is_told_to_anybody(maker: Tus) -> None:
    answer = run(maker.ask("OPTIONS", "/uploads/", tus_resumable=None, origin=None, cookie=None))
    assert answer.status == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert answer.headers["tus-extension"] == "creation,creation-with-upload,termination,checksum"
    assert answer.headers["tus-max-size"] == str(settings.UPLOAD_MOST)


def test_a_file_is_sent_in_two_parts_and_kept(maker: Tus, model_files: Path) -> None:
    async def conversation() -> None:
        tus = maker
        place = await tus.begun(len(BYTES), "weights/model.bin")
        first = await tus.patch(place, 0, [BYTES[:MIB], BYTES[MIB : 2 * MIB]])
        assert (first.status, first.headers["upload-offset"]) == (204, str(2 * MIB))
        assert (await tus.state(place))["state"] == "arriving"
        assert await tus.offset(place) == 2 * MIB
        second = await tus.patch(place, 2 * MIB, BYTES[2 * MIB :])
        assert (second.status, second.headers["upload-offset"]) == (204, str(len(BYTES)))
        state = await tus.state(place)
        assert (state["state"], state["sha256"], state["path"]) == ("kept", SHA256, "weights/model.bin")
        again = await tus.patch(place, len(BYTES), b"")
        assert again.status == 204

    run(conversation())
    assert content_of(SHA256) == BYTES
    assert not list((model_files / "parts").iterdir())


def test_a_small_file_comes_with_its_beginning(maker: Tus) -> None:
    async def conversation() -> None:
        tus = maker
        answer = await tus.begin(5, b"hello", path="README.md")
        assert (answer.status, answer.headers["upload-offset"]) == (201, "5")
        state = await tus.state(answer.headers["location"])
        assert (state["state"], state["cid"]) == ("kept", cid_of(b"hello"))
        empty = await tus.begin(0)
        assert (await tus.state(empty.headers["location"]))["cid"] == cid_of(b"")

    run(conversation())


STEPS = st.lists(st.tuples(st.integers(1, len(BYTES)), st.integers(0, MIB), st.booleans(), st.booleans()), max_size=4)


@hypothesis(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, len(BYTES)), STEPS)
def test_however_it_is_cut_and_broken_off(maker: Tus, size: int, steps: list[tuple[int, int, bool, bool]]) -> None:
    """Random pieces, connections that end, processes that begin anew: what is kept is what was sent."""
    content = BYTES[:size]

    async def conversation() -> None:
        here = 0
        place = await maker.begun(size)
        for length, cut, leaves, is_new in (*steps, (size, 0, False, False)):
            if is_new:
                asgi.tus = Uploads()
            there = min(here + length, size)
            await maker.patch(place, here, [content[here:there][:cut], content[here:there][cut:]], leaves=leaves)
            assert await maker.offset(place) == there
            here = there
        assert (await maker.state(place))["sha256"] == hashlib.sha256(content).hexdigest()

    run(conversation())
    assert content_of(hashlib.sha256(content).hexdigest()) == content


def test_who_sends_is_asked_before_anything_is_read(maker: Tus, stranger: Tus) -> None:
    async def conversation() -> None:
        tus, other = maker, stranger
        place = await tus.begun(10)
        for who, method, path, status, more in (
            (tus, "POST", "/uploads/", 401, {"upload_length": 5, "cookie": None}),
            (tus, "POST", "/uploads/", 401, {"upload_length": 5, "cookie": "sessionid=\0"}),
            (tus, "POST", "/uploads/", 403, {"upload_length": 5, "origin": "http://evil.example"}),
            (tus, "POST", "/uploads/", 403, {"upload_length": 5, "origin": None}),
            (tus, "POST", "/uploads/", 412, {"upload_length": 5, "tus_resumable": None}),
            (tus, "POST", "/uploads/", 412, {"upload_length": 5, "tus_resumable": "0.2.2"}),
            (tus, "POST", "/uploads/", 415, {"upload_length": 5, "content_type": "text/plain"}),
            (other, "PATCH", place, 404, {"upload_offset": 0}),
            (other, "DELETE", place, 404, {}),
            (tus, "PATCH", f"/uploads/{uuid4()}", 404, {"upload_offset": 0}),
            (tus, "PATCH", "/uploads/../etc", 404, {"upload_offset": 0}),
            (tus, "PATCH", place, 409, {"upload_offset": 3}),
            (tus, "PATCH", place, 400, {"upload_offset": -1}),
            (tus, "PATCH", place, 400, {"upload_offset": "0x0"}),
            (tus, "PATCH", place, 400, {}),
            (tus, "PUT", place, 405, {}),
            (tus, "PATCH", "/uploads/", 405, {"upload_offset": 0}),
        ):
            client = Client([b"bytes"])
            answer = await who.ask(method, path, b"bytes", client=client, **more)
            assert (answer.status, path) == (status, path)
            assert answer.problem["detail"].endswith(".")
            assert answer.headers["tus-resumable"] == "1.0.0"
        assert (await other.ask("HEAD", place)).status == 404
        assert (await other.ask("GET", place)).status == 404
        assert await tus.offset(place) == 0
        assert not parts.size_of(await do(lambda: Upload.objects.get().pk))

    run(conversation())


@pytest.mark.parametrize(
    "length", ["-1", "", "1e3", "99999999999999999999999", "999999999999999999", "30000000001", "١", " 5", "+5"]
)
def test_lengths_that_no_file_has(maker: Tus, length: str) -> None:
    answer = run(maker.ask("POST", "/uploads/", upload_length=length, upload_metadata=metadata(path="a")))
    assert answer.status in (400, 413)
    assert not Upload.objects.exists()


@pytest.mark.parametrize("path", ["", "../x", "/x", "a\0b", "a\u202ecod.exe", "a//b", "x" * 256, "con"])
def test_names_that_lead_elsewhere(maker: Tus, path: str) -> None:
    answer = run(maker.begin(5, path=path))
    assert (answer.status, answer.problem["code"]) == (422, "bad-path")


NO_DIGEST = ("g" * 64, "a" * 63, "a" * 64 + "\n", "\0" * 64)


@pytest.mark.parametrize(
    "said",
    [
        *("path", "path ===", "path YQ==,path Yg==", "path /w==", "pàth YQ==", "x" * 5000),
        *(metadata(path="a", sha256=each) for each in NO_DIGEST),
    ],
)
def test_metadata_that_says_nothing(maker: Tus, said: str) -> None:
    answer = run(maker.ask("POST", "/uploads/", upload_length=5, upload_metadata=said))
    assert answer.status in (400, 422)


def test_more_than_was_announced_is_not_taken(maker: Tus) -> None:
    async def conversation() -> None:
        tus = maker
        place = await tus.begun(4)
        answer = await tus.patch(place, 0, [b"ab", b"cde"], content_length=None, transfer_encoding="chunked")
        assert (answer.status, answer.problem["code"]) == (413, "too-long")
        assert await tus.offset(place) == 2
        assert (await tus.patch(place, 2, b"cd")).status == 204

    run(conversation())


def test_a_connection_that_breaks_keeps_what_came(maker: Tus) -> None:
    async def conversation() -> None:
        tus = maker
        place = await tus.begun(len(BYTES))
        answer = await tus.patch(place, 0, [BYTES[:70_000], BYTES[70_000:MIB]], leaves=True)
        assert not answer.messages
        assert await tus.offset(place) == MIB

    run(conversation())


def test_a_beginning_that_breaks_leaves_nothing(maker: Tus, model_files: Path) -> None:
    async def leave() -> None:
        await maker.ask(
            "POST", "/uploads/", [b"abc"], leaves=True, upload_length=10, upload_metadata=metadata(path="a")
        )

    run(leave())
    assert not Upload.objects.exists()


def test_two_tabs_at_once(maker: Tus) -> None:
    """The second is told to wait while the first sends, and takes its place when the first is silent."""

    async def conversation() -> None:
        tus = maker
        place = await tus.begun(len(BYTES))
        tap: asyncio.Queue[dict[str, object]] = asyncio.Queue()
        slow = Client()
        slow.receive = tap.get  # type: ignore[method-assign]
        first = asyncio.create_task(tus.ask("PATCH", place, b"", client=slow, upload_offset=0, content_length=None,
                                            transfer_encoding="chunked"))  # fmt: skip
        tap.put_nowait({"type": "http.request", "body": BYTES[:MIB], "more_body": True})
        uploads = asgi.tus
        await becomes(lambda: uploads.at_once == 1 and uploads._receiving)
        application.PATIENCE = 0.3
        second = await tus.patch(place, 0, b"x")
        assert (second.status, second.problem["code"]) == (423, "upload-busy")
        assert (await tus.ask("DELETE", place)).status == 423
        (one,) = uploads._receiving.values()
        one.heard_at -= application.DEAD
        application.PATIENCE = 5
        assert await tus.offset(place) == MIB
        assert (await first).status == 408
        assert (await tus.patch(place, MIB, BYTES[MIB:])).status == 204
        assert (await tus.state(place))["sha256"] == SHA256

    run(conversation())


def test_who_drips_is_sent_away_and_keeps_what_came(maker: Tus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "PATIENCE", 0.3)

    async def conversation() -> None:
        tus = maker
        place = await tus.begun(len(BYTES))
        answer = await tus.patch(place, 0, [b"x"] * 100, pause=0.02)
        assert (answer.status, answer.problem["code"]) == (408, "too-slow")
        assert 0 < await tus.offset(place) < 100

    run(conversation())


def test_as_many_at_once_as_there_are_seats(maker: Tus) -> None:
    async def conversation() -> None:
        tus = maker
        places = [await tus.begun(10) for _ in range(settings.UPLOADS_AT_ONCE_PER_USER + 1)]
        waiting = [Client([b"a"], leaves=True) for _ in places]
        for each in waiting:
            each.receive = asyncio.Event().wait  # type: ignore[method-assign,assignment]
        sending = [
            asyncio.create_task(tus.ask("PATCH", place, b"a", client=client, upload_offset=0))
            for place, client in zip(places[:-1], waiting, strict=False)
        ]
        await becomes(lambda: asgi.tus.at_once == len(sending))
        answer = await tus.patch(places[-1], 0, b"a")
        assert (answer.status, answer.headers["retry-after"]) == (503, "5")
        for task in sending:
            task.cancel()
        await asyncio.gather(*sending, return_exceptions=True)
        assert asgi.tus.at_once == 0
        assert (await tus.patch(places[-1], 0, b"a")).status == 204

    run(conversation())


def test_who_hardly_sends_keeps_no_seat_from_others(maker: Tus, stranger: Tus, monkeypatch: pytest.MonkeyPatch) -> None:
    """Accounts that drip cannot hold all the seats: wallets cost nothing. What they have sent is kept."""
    monkeypatch.setattr(receiving, "GRACE", 0.0)

    async def drip(place: str, sent: bytes) -> Answer:
        tap: asyncio.Queue[dict[str, object]] = asyncio.Queue()
        tap.put_nowait({"type": "http.request", "body": sent, "more_body": True})
        client = Client()
        client.receive = tap.get  # type: ignore[method-assign]
        return await maker.ask(
            "PATCH", place, b"", client=client, upload_offset=0, content_length=None, transfer_encoding="chunked"
        )

    async def conversation() -> None:
        places = [await maker.begun(MIB), await maker.begun(MIB)]
        dripping = [asyncio.create_task(drip(*each)) for each in zip(places, (b"ab", b"x" * 100_000), strict=True)]
        uploads = asgi.tus
        await becomes(lambda: sorted(each._came for each in uploads._receiving.values()) == [2, 100_000])
        assert (await stranger.begin(5, b"hello")).status == 201
        sent_away = await dripping[0]
        assert (sent_away.status, sent_away.problem["code"]) == (503, "uploads-busy")
        assert not dripping[1].done(), "one is enough"
        dripping[1].cancel()
        await asyncio.gather(dripping[1], return_exceptions=True)
        assert [await maker.offset(place) for place in places] == [2, 100_000]

    with override_settings(UPLOADS_AT_ONCE=2):
        run(conversation())


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_bytes_that_changed_on_their_way_are_not_kept(maker: Tus, algorithm: str) -> None:
    def sum_of(content: bytes) -> str:
        return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, content).digest()).decode()}"

    async def conversation() -> None:
        tus = maker
        place = await tus.begun(len(BYTES))
        assert (await tus.patch(place, 0, BYTES[:MIB], upload_checksum=sum_of(BYTES[:MIB]))).status == 204
        wrong = await tus.patch(place, MIB, BYTES[MIB:], upload_checksum=sum_of(b"other"))
        assert (wrong.status, wrong.problem["code"]) == (460, "checksum-mismatch")
        assert await tus.offset(place) == MIB
        await tus.patch(place, MIB, [BYTES[MIB:-1]], leaves=True, upload_checksum=sum_of(BYTES[MIB:]))
        assert await tus.offset(place) == MIB
        for odd in ("md5 YQ==", "sha1 YQ==", "sha256 ?", "sha256"):
            assert (await tus.patch(place, MIB, b"x", upload_checksum=odd)).status == 400
        assert (await tus.patch(place, MIB, BYTES[MIB:], upload_checksum=sum_of(BYTES[MIB:]))).status == 204
        await do(tasks.keep_waiting)
        assert (await tus.state(place))["sha256"] == SHA256

    run(conversation())


def test_a_file_that_is_another_than_was_announced(maker: Tus) -> None:
    async def conversation() -> None:
        tus = maker
        said = metadata(path="a.bin", sha256=SHA256)
        assert (await tus.begin(3, upload_metadata=metadata(path="a", sha256="xyz"))).status == 422
        answer = await tus.begin(len(BYTES), upload_metadata=said)
        place = answer.headers["location"]
        await tus.patch(place, 0, b"\0" * len(BYTES))
        state = await tus.state(place)
        assert (state["state"], state["says"][-14:]) == ("failed", "Send it again.")
        assert await tus.offset(place) == 0
        await tus.patch(place, 0, BYTES)
        assert (await tus.state(place))["state"] == "kept"

    run(conversation())


def test_an_upload_is_given_up(maker: Tus, model_files: Path) -> None:
    async def conversation() -> None:
        tus = maker
        place = await tus.begun(10)
        await tus.patch(place, 0, b"abc")
        assert (await tus.ask("DELETE", place)).status == 204
        assert (await tus.ask("HEAD", place)).status == 404
        other = await tus.begun(10)
        assert (await tus.ask("POST", other, x_http_method_override="DELETE")).status == 204

    run(conversation())
    assert not list((model_files / "parts").iterdir())


def test_a_full_disk_stops_it_and_keeps_what_came(
    maker: Tus, model_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def conversation() -> None:
        tus = maker
        place = await tus.begun(len(BYTES))
        with monkeypatch.context() as full:
            full.setattr(os, "pwrite", _full_at(MIB))
            answer = await tus.patch(place, 0, [BYTES[:MIB], BYTES[MIB : 2 * MIB], BYTES[2 * MIB :]])
        assert (answer.status, answer.problem["code"]) == (507, "disk-full")
        here = await tus.offset(place)
        assert here == MIB
        assert (await tus.patch(place, here, BYTES[here:])).status == 204
        assert (await tus.state(place))["sha256"] == SHA256

    run(conversation())
    with files_in(model_files, UPLOAD_DISK_FLOOR=10**18):
        assert run(maker.begin(5)).status == 507


def _full_at(most: int) -> object:
    write = os.pwrite

    def full(descriptor: int, data: memoryview, offset: int) -> int:
        if offset + len(data) > most:
            raise OSError(28, "No space left on device")
        return write(descriptor, data, offset)

    return full


def test_an_account_that_may_not_publish(maker: Tus) -> None:
    restrict(address=maker.user.address, scopes=[Scope.PUBLISHING], decision=1, until=None)
    try:
        assert run(maker.begin(5)).problem["code"] == "account-paused"
    finally:
        lift_restrictions(address=maker.user.address)


def test_terms_come_first(maker: Tus) -> None:
    tus = maker
    User.objects.filter(pk=maker.user.pk).update(accepted="")
    try:
        assert run(tus.begin(5)).problem["code"] == "terms-not-accepted"
    finally:
        User.objects.filter(pk=maker.user.pk).update(accepted=maker.user.accepted)


def test_a_session_that_ends_in_the_middle(maker: Tus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "NOTED", 0)
    monkeypatch.setattr(receiving, "SESSION", 0)

    async def conversation() -> None:
        tus = maker
        place = await tus.begun(100 * MIB)
        monkeypatch.setattr(receiving, "lives_until", lambda *_: None)
        pieces = [BYTES[:MIB]] * 100
        assert (await tus.patch(place, 0, pieces, pause=0.01)).status == 404
        assert 0 < await tus.offset(place) < 100 * MIB

    run(conversation())


def test_an_upload_that_was_erased_in_the_middle(maker: Tus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "NOTED", 0)

    async def conversation() -> None:
        tus = maker
        place = await tus.begun(100 * MIB)
        sending = asyncio.create_task(tus.patch(place, 0, [BYTES[:MIB]] * 100, pause=0.02))
        await becomes(lambda: asgi.tus._receiving)
        await do(Upload.objects.all().delete)
        assert (await sending).status == 404

    run(conversation())


def test_a_large_file_is_gone_on_with_after_a_restart(maker: Tus, model_files: Path) -> None:
    """20 GB, of which 19 are there (as a hole): the rest is taken at once, and hashing does not hold the request."""
    size, there = 20_000_000_000, 19_000_000_000

    async def conversation() -> None:
        tus = maker
        place = await tus.begun(size)
        upload = await do(Upload.objects.get)
        path = model_files / "parts" / str(upload.pk)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.truncate(there)
        await do(Upload.objects.update, offset=there)
        assert await tus.offset(place) == there
        answer = await tus.patch(place, there, [BYTES[:MIB], BYTES[MIB : 2 * MIB]])
        assert answer.headers["upload-offset"] == str(there + 2 * MIB)
        with path.open("r+b") as file:
            file.truncate(size - 1)
        await do(Upload.objects.update, offset=size - 1)
        answer = await tus.patch(place, size - 1, b"x")
        assert answer.headers["upload-offset"] == str(size)
        state = await tus.state(place)
        assert (state["state"], state["hashed"]) == ("checking", 0)
        await take_in_loop(0)

    run(conversation())
