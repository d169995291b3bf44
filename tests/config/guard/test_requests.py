"""Odd requests and handshakes at the real server: each gets one whole answer, with the headers of all answers."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pytest_django import DjangoDbBlocker

from common.headers import SECURITY
from config.guard.limits import Limits
from contracts.models import Chain
from tests import loopback
from tests.flows.server import running

HOST = b"Host: localhost\r\n"
LAST = HOST + b"Connection: close\r\n"
UPGRADE = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
KEY = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
NUL_IN_COOKIE = b'Cookie: sessionid="abcdefgh\\000aaaaaaaa"\r\n'
MANY = b"&".join(b"a%d" % number for number in range(1_001))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server's log is."""
    return tmp_path_factory.mktemp("odd")


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: DjangoDbBlocker, home: Path) -> Iterator[str]:
    """The address of the real server, and a chain that it has a socket for."""
    with django_db_blocker.unblock():
        row = {"short_name": "odd", "name": "Odd", "coin": "ETH", "confirmations": 3, "reorg_window": 64}
        chain = Chain.objects.create(pk=4_244, **row)
        with running(home) as address:
            yield address
        chain.delete()


def get(target: bytes, more: bytes = b"", method: bytes = b"GET") -> bytes:
    return method + b" " + target + b" HTTP/1.1\r\n" + LAST + more + b"\r\n"


def post(more: bytes, body: bytes = b"0\r\n\r\n") -> bytes:
    return b"POST /about HTTP/1.1\r\n" + LAST + more + b"\r\n" + body


def line_to(site: str) -> socket.socket:
    address = urlsplit(site)
    return socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=8)


def answer_to(site: str, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of the one answer before the server hangs up."""
    with line_to(site) as line, line.makefile("rb") as said:
        line.sendall(request)
        whole = said.read()
    head, _, body = whole.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in rest)}
    return int(first.split()[1]), headers, body


ODD = {
    "another host in the target": (get(b"http://evil.example/about"), 400),
    "our host with a user in the target": (get(b"http://u@localhost/about"), 400),
    "another port in the target": (get(b"http://localhost:99/about"), 400),
    "another scheme in the target": (get(b"ftp://localhost/about"), 400),
    "our host in the target": (get(b"http://LOCALHOST/about"), 200),
    "a port beyond any": (get(b"/about").replace(b"Host: localhost", b"Host: localhost:99999"), 400),
    "port zero": (get(b"/about").replace(b"Host: localhost", b"Host: localhost:0"), 400),
    "a port of many digits": (get(b"/about").replace(b"Host: localhost", b"Host: localhost:" + b"9" * 30), 400),
    "TRACE": (get(b"/about", method=b"TRACE"), 405),
    "PROPFIND": (get(b"/about", method=b"PROPFIND"), 405),
    "CONNECT": (get(b"/about", method=b"CONNECT"), 405),
    "a coding that is not chunked": (post(b"Transfer-Encoding: xchunked\r\n"), 400),
    "a coding below chunked": (post(b"Transfer-Encoding: gzip, chunked\r\n"), 400),
    "chunks in HTTP/1.0": (post(b"Transfer-Encoding: chunked\r\n").replace(b"HTTP/1.1", b"HTTP/1.0"), 400),
    "length and chunks": (post(b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400),
    "a chunk of negative size": (post(b"Transfer-Encoding: chunked\r\n", b"-1\r\n\r\n"), 400),
    "a chunk of endless size": (post(b"Transfer-Encoding: chunked\r\n", b"f" * 20 + b"\r\n"), 400),
    "chunks that bare LF ends": (post(b"Transfer-Encoding: chunked\r\n", b"1\nx\n0\n\n"), 400),
    "a folded header": (get(b"/about", b"X: a\r\n b\r\n"), 400),
    "bare LF": (get(b"/about").replace(b"\r\n", b"\n"), 400),
    "too many parameters": (get(b"/about?" + MANY), 400),
    "too many parameters at no address": (get(b"/nowhere?" + MANY), 400),
    "too many parameters at the API": (get(b"/api/v1/listings?" + MANY), 400),
    "a cookie with a NUL": (get(b"/sell/", NUL_IN_COOKIE), 302),
    "a cookie with a NUL at the API": (get(b"/api/v1/saved-searches", NUL_IN_COOKIE), 401),
    "htmx from no address": (get(b"/sell/", b"HX-Request: true\r\nHX-Current-URL: http://[\r\n"), 200),
    "a method that the API does not take": (get(b"/api/v1/listings", b"Accept-Encoding: gzip\r\n", b"DELETE"), 405),
    "a body that the API cannot read": (
        post(b"Content-Type: application/json\r\nContent-Length: 1\r\n", b"{").replace(
            b"/about", b"/api/v1/saved-searches"
        ),
        400,
    ),
}


@pytest.mark.parametrize(("request_", "status"), ODD.values(), ids=ODD)
def test_what_is_odd_gets_one_whole_answer(site: str, home: Path, request_: bytes, status: int) -> None:
    given, headers, body = answer_to(site, request_)
    assert given == status
    assert SECURITY.items() <= {name: headers.get(name.lower()) for name in SECURITY}.items()
    assert int(headers["content-length"]) == len(body)
    if b"/api/" in request_:
        assert headers["content-type"] == "application/problem+json"
        assert headers.get("content-encoding") or json.loads(body)["status"] == status
    assert "Exception in ASGI" not in (home / "server.log").read_text()


def test_who_asks_by_an_unknown_method_reads_which_are_known(site: str) -> None:
    assert "GET" in answer_to(site, get(b"/about", method=b"PURGE"))[1]["allow"]


HANDSHAKES = {
    "no origin": (b"", 403),
    "a foreign origin": (b"Origin: https://evil.example\r\n", 403),
    "no key": (b"NOKEY", 400),
    "two keys": (KEY, 400),
    "a name of a protocol beyond ASCII": (b"Sec-WebSocket-Protocol: \xff,,a\r\n", 400),
    "an extension that is none": (b"Sec-WebSocket-Extensions: ;;;=,\r\n", 400),
    "a body": (b"Content-Length: 5\r\n", 400),
    "another method": (b"POST", 400),
}


def shake(more: bytes = b"", path: bytes = b"/ws/chains/odd") -> bytes:
    begun = (b"POST " if more == b"POST" else b"GET ") + path + b" HTTP/1.1\r\n" + HOST + UPGRADE
    if more == b"POST":
        return begun + KEY + b"\r\n"
    return begun + (b"\r\n" if more == b"NOKEY" else KEY + more + b"\r\n")


@pytest.mark.parametrize(("more", "status"), HANDSHAKES.values(), ids=HANDSHAKES)
def test_a_handshake_that_is_refused_ends_with_an_answer_like_all(
    site: str, home: Path, more: bytes, status: int
) -> None:
    given, headers, body = answer_to(site, shake(more))
    assert given == status
    assert SECURITY.items() <= {name: headers.get(name.lower()) for name in SECURITY}.items()
    assert json.loads(body)["status"] == status
    assert "Fatal error" not in (home / "server.log").read_text()


def opened(site: str, more: bytes = b"") -> socket.socket:
    """Return a line on which a websocket was opened."""
    line = line_to(site)
    line.sendall(shake(f"Origin: {site}\r\n".encode() + more))
    assert line.recv(1 << 16).startswith(b"HTTP/1.1 101 ")
    return line


SMALL = {"pings": b"\x89\x80\0\0\0\0", "empty pieces of a message": b"\x00\x80\0\0\0\0"}


@pytest.mark.parametrize("frame", SMALL.values(), ids=SMALL)
def test_a_flood_of_small_frames_closes_the_socket(site: str, frame: bytes) -> None:
    with opened(site) as line, line.makefile("rb") as said:
        line.sendall(b"\x01\x80\0\0\0\0" if frame == SMALL["empty pieces of a message"] else b"")
        line.sendall(frame * (Limits().small_frames + 1))
        assert (1008).to_bytes(2, "big") + b"too many frames" in said.read()


def test_a_cookie_with_a_nul_is_no_session_for_a_socket(site: str, home: Path) -> None:
    with opened(site, NUL_IN_COOKIE):
        pass
    assert "DataError" not in (home / "server.log").read_text()


def test_an_error_of_the_api_arrives_whole(site: str) -> None:
    for method in ("DELETE", "PUT", "PATCH", "OPTIONS"):
        given = loopback.request(method, f"{site}/api/v1/listings")
        assert (given.status_code, given.json()["code"]) == (405, "method-not-allowed")
