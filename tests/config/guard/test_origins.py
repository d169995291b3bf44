"""Only our own pages may open a websocket."""

import asyncio

import pytest
from django.test import override_settings

from config.guard import OwnOrigin, close_unknown
from config.guard.protocol import Headers, Message, Receive, Scope, Send


def handshake(*headers: tuple[bytes, bytes], scheme: str = "ws") -> str:
    """Open a websocket and return what the server says first."""
    said: list[Message] = []

    async def accept(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        said.append(message)

    scope = {"type": "websocket", "scheme": scheme, "path": "/ws/x", "headers": list(headers)}
    asyncio.run(OwnOrigin(accept)(scope, receive, send))
    return str(said[0]["type"])


HOST = (b"host", b"localhost:8000")
OURS = override_settings(ORIGINS=["http://localhost:8000", "https://localhost:8443"])

FOREIGN: dict[str, Headers] = {
    "missing": [HOST],
    "null": [HOST, (b"origin", b"null")],
    "another site": [HOST, (b"origin", b"http://evil.example")],
    "another port": [HOST, (b"origin", b"http://localhost:8001")],
    "another scheme": [HOST, (b"origin", b"https://localhost:8000")],
    "a name that begins like ours": [HOST, (b"origin", b"http://localhost:8000.evil.example")],
    "two, one of them ours": [HOST, (b"origin", b"http://evil.example"), (b"origin", b"http://localhost:8000")],
    "no host": [(b"origin", b"http://localhost:8000")],
    "another port of host and origin alike": [
        (b"host", b"localhost:8001"),
        (b"origin", b"http://localhost:8001"),
    ],
    "a host that is not ours, as after DNS rebinding": [
        (b"host", b"evil.example"),
        (b"origin", b"http://evil.example"),
    ],
    "our origin at a host that is not ours": [(b"host", b"evil.example"), (b"origin", b"http://localhost:8000")],
    "our origin with a path": [HOST, (b"origin", b"http://localhost:8000/")],
    "our origin in another case": [HOST, (b"origin", b"HTTP://LOCALHOST:8000")],
}


@OURS
@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_or_missing_origin_is_refused(headers: Headers) -> None:
    assert handshake(*headers) == "websocket.close"


@OURS
@pytest.mark.parametrize("origin", [b"http://localhost:8000", b"https://localhost:8443"])
def test_our_own_pages_may(origin: bytes) -> None:
    assert handshake(HOST, (b"origin", origin)) == "websocket.accept"


@override_settings(ORIGINS=["https://market.example"], ALLOWED_HOSTS=["market.example"])
def test_behind_a_proxy_that_ends_tls_the_origin_that_people_see_counts() -> None:
    host = (b"host", b"market.example")
    assert handshake(host, (b"origin", b"https://market.example")) == "websocket.accept"
    assert handshake(host, (b"origin", b"http://market.example")) == "websocket.close"


def test_an_unknown_address_closes_cleanly() -> None:
    said: list[Message] = []

    async def send(message: Message) -> None:
        said.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    asyncio.run(close_unknown({"type": "websocket"}, receive, send))
    assert [message["type"] for message in said] == ["websocket.close"]
