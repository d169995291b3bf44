"""The guard in the real server, over real sockets."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from django.conf import settings

from config.guard import Limits
from tests import loopback
from tests.flows.server import running
from tests.waiting import until

THREADS = 2


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server's log is."""
    return tmp_path_factory.mktemp("guarded")


@pytest.fixture(scope="module")
def site(django_db_setup: None, home: Path) -> Iterator[str]:
    """The address of a site with two threads."""
    with running(home, WEB_THREADS=str(THREADS)) as address:
        yield address


@pytest.fixture
def visitor(site: str) -> Iterator[httpx.Client]:
    """A client of the site."""
    with loopback.client(site, timeout=10) as client:
        yield client


def raw(site: str, request: bytes) -> socket.socket:
    """Send bytes to the site and return the open connection."""
    address = urlsplit(site)
    line = socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=10)
    line.sendall(request.replace(b"\n", b"\r\n"))
    return line


def status_of(line: socket.socket) -> int:
    with line, line.makefile("rb") as answer:
        return int(answer.readline().split()[1])


def log_of(home: Path, request_id: str) -> dict[str, Any]:
    """Return the one line that the log has on a request; it is written after the answer has gone out."""

    def lines() -> list[dict[str, Any]]:
        read = [json.loads(line) for line in (home / "server.log").read_text().splitlines() if line.startswith("{")]
        return [line for line in read if line.get("request_id") == request_id]

    (line,) = until(lines, f"the log has a line on {request_id}")
    return line


def test_more_slow_posts_than_threads_do_not_slow_a_page(site: str, visitor: httpx.Client) -> None:
    started = time.monotonic()
    slow = [
        raw(site, b"POST /models HTTP/1.1\nHost: localhost\nContent-Length: 1000\n\nx") for _ in range(10 * THREADS)
    ]
    given = visitor.get("/models?q=bert")
    took = time.monotonic() - started
    for line in slow:
        line.close()
    assert given.status_code == 200
    assert took < Limits().body_seconds, "a page waited for clients that had not sent their bodies"


def test_a_body_that_announces_too_much_is_refused_without_being_sent(site: str) -> None:
    assert status_of(raw(site, b"POST / HTTP/1.1\nHost: localhost\nContent-Length: 2500001\n\n")) == 413


def test_a_body_that_grows_too_large_is_refused(visitor: httpx.Client) -> None:
    assert visitor.post("/", content=(b"x" * 100_000 for _ in range(26))).status_code == 413


def test_a_page_comes_from_the_cache_the_second_time(visitor: httpx.Client) -> None:
    first, second = visitor.get("/about?first"), visitor.get("/about?first")
    assert "stored" in first.headers["cache-status"]
    assert "hit" in second.headers["cache-status"]
    assert (second.content, second.headers["etag"]) == (first.content, first.headers["etag"])
    assert visitor.get("/about?first", headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    head = visitor.head("/about?first")
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize("path", ["/api/v1/listings", "/api/v1/listings?limit=0", "/api/v1/nothing", "/models"])
def test_head_is_answered_as_get_without_its_body(visitor: httpx.Client, path: str) -> None:
    plain = {"Accept-Encoding": "identity"}
    got, head = visitor.get(path, headers=plain), visitor.head(path, headers=plain)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["content-type"] == got.headers["content-type"]
    assert visitor.get(path, headers=plain).content == got.content  # on the same connection


def test_compressed_and_plain_pages_are_kept_apart(visitor: httpx.Client) -> None:
    pages = [visitor.get("/about", headers={"Accept-Encoding": coding}) for coding in ("identity", "gzip") * 2]
    assert [page.headers.get("content-encoding") for page in pages] == [None, "gzip"] * 2
    assert len({page.text for page in pages}) == 1


def test_the_theme_is_part_of_the_page(visitor: httpx.Client) -> None:
    for theme in ("dark", "light", "dark", "light"):
        assert f'data-theme="{theme}"' in visitor.get("/about", headers={"Cookie": f"theme={theme}"}).text


def test_a_large_file_arrives_whole(visitor: httpx.Client) -> None:
    root = Path(settings.STATIC_ROOT)
    files = [path for path in root.rglob("*") if path.is_file() and path.suffix not in {".br", ".gz"}]
    largest = max(files, key=lambda path: path.stat().st_size)
    assert visitor.get(f"/static/{largest.relative_to(root)}").content == largest.read_bytes()


@pytest.mark.parametrize("origin", [b"", b"Origin: http://evil.example\n", b"Origin: null\n"])
def test_a_foreign_websocket_is_refused(site: str, origin: bytes) -> None:
    handshake = (
        b"GET /ws/x HTTP/1.1\nHost: localhost\nUpgrade: websocket\nConnection: Upgrade\n"
        b"Sec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n"
    )
    assert status_of(raw(site, handshake + origin + b"\n")) == 403


def test_a_request_and_its_line_in_the_log_share_an_id(visitor: httpx.Client, home: Path) -> None:
    given = visitor.get("/models?q=secret%0Aforged", headers={"Cookie": "token=secret"})
    line = log_of(home, given.headers["x-request-id"])
    assert (line["event"], line["method"], line["path"], line["status"]) == ("request", "GET", "/models", 200)
    assert "secret" not in (home / "server.log").read_text()


def test_what_streams_has_a_door_too(visitor: httpx.Client) -> None:
    assert visitor.get("/v1/nothing").status_code == 401  # who asks is asked before what


def test_the_numbers_tell_of_all_this(site: str, visitor: httpx.Client) -> None:
    raw(site, b"POST / HTTP/1.1\nHost: localhost\nContent-Length: 99999999\n\n").close()
    visitor.get("/about?numbers")
    visitor.get("/about?numbers")
    numbers = visitor.get("/metrics").text
    assert f"web_threads {THREADS}.0" in numbers
    assert 'guard_refusals_total{reason="body-too-large"}' in numbers
    assert 'page_cache_requests_total{outcome="hit"}' in numbers
