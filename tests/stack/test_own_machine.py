"""What listens on the loopback answers programs here that know its key, and no web page."""

import asyncio
import subprocess
import sys
from collections.abc import MutableMapping
from typing import Any

import pytest

from stack.own_machine import OwnMachine
from stack.places import ROOT

Headers = list[tuple[bytes, bytes]]
HOST, KEY = (b"host", b"localhost:8001"), (b"authorization", b"Bearer a-key")


async def _application(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def status_of(headers: Headers, key: str = "a-key") -> int:
    """Return the status that a request with these headers is answered with."""
    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "GET", "path": "/health", "headers": headers}
    asyncio.run(OwnMachine(_application, key)(scope, receive, send))
    return int(sent[0]["status"])


def test_who_knows_the_key_is_answered() -> None:
    assert status_of([HOST, KEY]) == 200
    assert status_of([HOST], key="") == 200


@pytest.mark.parametrize(
    "keys",
    [
        [],
        [b""],
        [b"Bearer "],
        [b"Bearer a-ke"],
        [b"Bearer a-keyy"],
        [b"bearer a-key"],
        [b"Basic a-key"],
        [b"a-key"],
        [b"Bearer \xff"],
        [b"Bearer a-key", b"Bearer a-key"],
        [b"Bearer other", b"Bearer a-key"],
    ],
)
def test_who_does_not_is_not(keys: list[bytes]) -> None:
    assert status_of([HOST, *((b"authorization", key) for key in keys)]) == 401


@pytest.mark.parametrize("host", [b"evil.example", b"evil.example:8001", b"localhost.evil.example", b"localhost.", b""])
def test_a_name_that_was_bound_to_this_machine_is_refused_though_the_key_is_known(host: bytes) -> None:
    assert status_of([(b"host", host), KEY]) == 421


def test_no_name_or_two_are_refused() -> None:
    assert status_of([KEY]) == 421
    assert status_of([HOST, HOST, KEY]) == 421


@pytest.mark.parametrize("origin", [b"https://evil.example", b"null", b"", b"http://localhost:8001"])
def test_a_page_is_refused_though_the_key_is_known(origin: bytes) -> None:
    assert status_of([HOST, KEY, (b"origin", origin)]) == 403
    assert status_of([HOST, KEY, (b"Origin", b"chrome-extension://abc"), (b"origin", origin)]) == 403


def test_nothing_but_http_is_served() -> None:
    async def nobody(*_: object) -> None:
        pytest.fail("nothing may be asked or sent")

    with pytest.raises(ValueError, match="websocket"):
        asyncio.run(OwnMachine(_application)({"type": "websocket", "headers": [HOST]}, nobody, nobody))  # type: ignore[arg-type]  # neither is called


@pytest.mark.parametrize("kind", ["chat", "embeddings"])
def test_an_engine_is_not_served_without_a_key(kind: str) -> None:
    code = "import sys; from stack.engine_server import key_of; key_of(sys.argv[1])"
    command = [sys.executable, "-c", code, kind]
    for variables in ({}, {f"{kind.upper()}_KEY": ""}):
        tried = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
        assert tried.returncode == 1
        assert tried.stderr.strip() == f"An engine is not served without a key; set {kind.upper()}_KEY."
