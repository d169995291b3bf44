"""What a connection costs is bounded before there is a request, and after: over real sockets, in the real server."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from config.guard.limits import MIB, Limits
from config.serve import options
from tests.flows.server import running

LIMITS = Limits()
GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /models HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
SOCKET = (
    b"GET /ws/x HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
PATIENCE = LIMITS.head_seconds + 10


@pytest.fixture(scope="module")
def site(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site."""
    with running(tmp_path_factory.mktemp("wire")) as address:
        yield address


def line_to(site: str, begun: bytes = b"") -> socket.socket:
    address = urlsplit(site)
    line = socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=PATIENCE)
    line.sendall(begun)
    return line


def rest_of(line: socket.socket) -> bytes:
    """Return everything that the server says until it hangs up."""
    said = b""
    try:
        while part := line.recv(65536):
            said += part
    except ConnectionResetError:
        return said  # it does not read what was still on its way
    return said


def poured(site: str, begun: bytes, piece: bytes, most: int = 32 * MIB) -> tuple[int, bytes]:
    """Begin a request, send a piece again and again until the server hangs up; return the bytes sent, and its word."""
    with line_to(site, begun) as line:
        sent = 0
        try:
            while sent < most:
                line.sendall(piece)
                sent += len(piece)
        except (BrokenPipeError, ConnectionResetError):
            return sent, rest_of(line)
        return sent, rest_of(line)


WITHOUT_END = {
    "one header": (GET + b"X: ", b"x" * 65536),
    "many headers": (GET, b"X: y\r\n" * 8192),
    "the path": (b"GET /", b"x" * 65536),
    "the query": (b"GET /?", b"x" * 65536),
    "the method": (b"", b"G" * 65536),
    "empty lines before it": (b"", b"\r\n" * 32768),
    "a header's name": (GET, b"x" * 65536),
    "folded lines": (GET + b"X: a\r\n", b" b\r\n" * 16384),
    "the handshake of a websocket": (SOCKET + b"X: ", b"x" * 65536),
    "the extension of a chunk": (POST + b"1;", b"x" * 65536),
    "the size of a chunk": (POST, b"0" * 65536),
    "chunks with long extensions": (POST, b"1;" + b"x" * 4096 + b"\r\nx\r\n"),
    "a trailer": (POST + b"0\r\nX: ", b"x" * 65536),
    "trailers": (POST + b"0\r\n", b"X: y\r\n" * 8192),
}


@pytest.mark.parametrize(("begun", "piece"), WITHOUT_END.values(), ids=WITHOUT_END)
def test_what_has_no_end_is_cut_off(site: str, begun: bytes, piece: bytes) -> None:
    sent, said = poured(site, begun, piece)
    assert sent < 16 * MIB
    assert said == b"" or said.split(b" ")[1] in {b"400", b"408", b"413", b"431"}


def resident(pid: int) -> float:
    """Return the MiB of memory that a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MIB


def server_pid(site: str) -> int:
    """Return the process that listens at the site's port."""
    port = f"{urlsplit(site).port:04X}"
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    (inode,) = {row[9] for row in rows if row[1].endswith(f":{port}") and row[3] == "0A"}
    for held in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if str(held.readlink()) == f"socket:[{inode}]":
                return int(held.parts[2])
        except OSError:
            continue  # it has ended meanwhile
    raise AssertionError("nobody listens")


def test_unfinished_headers_take_no_memory(site: str) -> None:
    pid = server_pid(site)
    poured(site, *WITHOUT_END["one header"])
    before = resident(pid)
    for _ in range(16):
        poured(site, *WITHOUT_END["one header"])
    assert resident(pid) - before < 32


@pytest.mark.parametrize("number", [LIMITS.head_fields + 1, 5_000])
def test_too_many_fields_are_refused(site: str, number: int) -> None:
    with line_to(site, GET + b"".join(b"X-%d: y\r\n" % each for each in range(number)) + b"\r\n") as line:
        said = rest_of(line)
    assert said.startswith(b"HTTP/1.1 431 ")
    assert b"content-type: application/problem+json" in said
    assert b"x-content-type-options: nosniff" in said


def test_a_browser_reads_why(site: str) -> None:
    with line_to(site, GET + b"Accept: text/html\r\nX: " + b"x" * LIMITS.head_bytes + b"\r\n\r\n") as line:
        assert b"<h1>That is too much to ask at once</h1>" in rest_of(line)


def test_large_headers_within_the_limit_pass(site: str) -> None:
    with line_to(site, GET + b"X: " + b"x" * 60_000 + b"\r\nConnection: close\r\n\r\n") as line:
        assert rest_of(line).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("nonsense", [b"\x16\x03\x01\x02\x00\x01\x00", b"HELO mail\r\n", b"GET  HTTP/1.1\r\n\r\n"])
def test_what_is_no_http_is_refused_as_everything_else(site: str, nonsense: bytes) -> None:
    with line_to(site, nonsense) as line:
        said = rest_of(line)
    assert said.startswith(b"HTTP/1.1 400 ")
    assert b'"code": "malformed-request"' in said


def dripped(line: socket.socket) -> bytes:
    """Send a header a second until the server says something; return that."""
    line.settimeout(1)
    started = time.monotonic()
    while time.monotonic() - started < PATIENCE:
        line.sendall(b"X: y\r\n")
        try:
            return line.recv(65536)
        except TimeoutError:
            continue
    return b""


def test_slow_headers_end_together_and_in_time(site: str) -> None:
    """Fifty begin, one drips, one shakes hands, one says nothing, one has had an answer before, served meanwhile."""
    with ExitStack() as open_lines:
        slow = [open_lines.enter_context(line_to(site, GET)) for _ in range(50)]
        dripping, silent = (open_lines.enter_context(line_to(site, begun)) for begun in (GET, b""))
        slow.append(open_lines.enter_context(line_to(site, SOCKET)))
        kept = open_lines.enter_context(line_to(site, GET + b"\r\n"))
        assert kept.recv(65536).startswith(b"HTTP/1.1 200 ")
        kept.sendall(GET)
        started = time.monotonic()
        assert dripped(dripping).startswith(b"HTTP/1.1 408 ")
        assert all(rest_of(line).startswith(b"HTTP/1.1 408 ") for line in slow)
        assert rest_of(silent) == b""
        assert b"HTTP/1.1 408 " in rest_of(kept)
        assert time.monotonic() - started < PATIENCE


def test_requests_on_one_connection_are_each_counted_anew(site: str) -> None:
    with line_to(site) as line, line.makefile("rb") as said:
        for _ in range(5):
            line.sendall(GET + b"X: " + b"x" * 40_000 + b"\r\n\r\n")
            assert said.readline().startswith(b"HTTP/1.1 200 ")
            while said.readline() != b"alive\n":
                pass


def test_the_server_says_nothing_of_itself_and_believes_no_proxy() -> None:
    told = options([])
    assert (told["server_header"], told["proxy_headers"], told["host"]) == (False, False, "127.0.0.1")
    assert told["ws_max_size"] == LIMITS.frame_bytes
