"""The guard reads the body before a thread has to."""

import asyncio

import pytest

from config.guard import BodyFirst, Limits
from config.guard.protocol import Receive, Scope, Send, answer, header
from marketplace.files.models import MOST_BYTES

from .driver import Answer, Client, ask, http

LIMITS = Limits(body_bytes=1000, body_seconds=0.2, bodies_bytes=2500)


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the body that came in one message, and say which length was announced."""
    message = await receive()
    assert not message["more_body"]
    await answer(send, 200, [(b"x-length", header(scope["headers"], b"content-length"))], message["body"])


def post(chunks: list[bytes], *headers: tuple[bytes, bytes], pause: float = 0, leaves: bool = False) -> Answer:
    client = Client(chunks, pause=pause, leaves=leaves)
    return asyncio.run(ask(BodyFirst(echo, LIMITS), http("POST", headers=headers), client))


def test_the_application_gets_a_chunked_body_whole_and_with_its_length() -> None:
    given = post([b"one", b"two"], (b"transfer-encoding", b"chunked"))
    assert (given.status, given.body, given.headers["x-length"]) == (200, b"onetwo", "6")


def test_a_request_without_a_body_passes() -> None:
    assert post([b""]).headers["x-length"] == ""


def test_after_the_body_the_application_still_hears_that_the_client_left() -> None:
    async def listener(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await answer(send, 200, [], (await receive())["type"].encode())

    class Leaving(Client):
        async def receive(self) -> dict[str, object]:
            self.taken += 1
            return {"type": "http.request", "body": b"x"} if self.taken == 1 else {"type": "http.disconnect"}

    assert asyncio.run(ask(BodyFirst(listener, LIMITS), http("POST"), Leaving())).body == b"http.disconnect"


def test_a_body_that_dribbles_too_long_is_refused() -> None:
    given = post([b"x"] * 100, pause=0.01)
    assert (given.status, given.problem["code"]) == (408, "body-too-slow")
    assert given.headers["connection"] == "close"


def test_a_body_that_grows_too_large_is_refused_before_its_end() -> None:
    client = Client([b"x" * 300] * 100)
    given = asyncio.run(ask(BodyFirst(echo, LIMITS), http("POST"), client))
    assert (given.status, given.problem["code"]) == (413, "body-too-large")
    assert client.taken == 4


@pytest.mark.parametrize("length", [b"1001", b"9" * 5000])
def test_a_body_that_announces_too_much_is_refused_unread(length: bytes) -> None:
    client = Client([b"x"])
    given = asyncio.run(ask(BodyFirst(echo, LIMITS), http("POST", headers=[(b"content-length", length)]), client))
    assert (given.status, client.taken) == (413, 0)


@pytest.mark.parametrize("length", [b"-1", b"+3", b"1,1", b"x", b"\xb2"])
def test_a_length_that_is_no_number_is_refused(length: bytes) -> None:
    assert post([b"x"], (b"content-length", length)).status == 400


def test_a_body_of_exactly_the_limit_passes() -> None:
    assert post([b"x" * 1000], (b"content-length", b"1000")).status == 200


def test_a_client_that_leaves_within_its_body_gets_nothing_and_costs_nothing() -> None:
    guard = BodyFirst(echo, LIMITS)
    given = asyncio.run(ask(guard, http("POST"), Client([b"x"], leaves=True)))
    assert (given.messages, guard.held) == ([], 0)


def test_all_bodies_together_are_bounded_and_what_they_held_is_given_back() -> None:
    guard = BodyFirst(echo, LIMITS)

    async def crowd() -> list[Answer]:
        bodies = [Client([b"x" * 900, b""], pause=0.01) for _ in range(4)]
        return await asyncio.gather(*(ask(guard, http("POST"), client) for client in bodies))

    statuses = sorted(given.status for given in asyncio.run(crowd()))
    assert statuses == [200, 200, 503, 503]
    assert guard.held == 0


def test_an_error_of_the_application_is_not_taken_for_a_slow_body() -> None:
    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        asyncio.run(ask(BodyFirst(failing, LIMITS), http("POST")))


def test_where_a_file_is_taken_more_is_read_and_no_more_than_that() -> None:
    limits = Limits()
    uploads = limits.of_uploads()
    assert limits.body_bytes < MOST_BYTES < uploads.body_bytes < MOST_BYTES + 500_000
    for length, status in ((uploads.body_bytes, 200), (uploads.body_bytes + 1, 413)):
        for headers in ((), ((b"content-length", b"%d" % length),)):
            client = Client([b"x" * 1_000_000] * 5 + [b"x" * (length - 5_000_000)])
            given = asyncio.run(ask(BodyFirst(echo, uploads), http("POST", headers=headers), client))
            assert given.status == status
            assert client.taken == (0 if headers and status == 413 else 6)


def test_uploads_leave_the_other_bodies_their_room() -> None:
    guard = BodyFirst(echo, Limits().of_uploads())

    async def crowd() -> list[Answer]:
        bodies = [Client([b"x" * 5_000_000, b""], pause=0.05) for _ in range(8)]
        return await asyncio.gather(*(ask(guard, http("POST"), client) for client in bodies))

    statuses = [given.status for given in asyncio.run(crowd())]
    assert {200, 503} == set(statuses)
    assert guard.held == 0
