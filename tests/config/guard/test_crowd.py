"""So many connections may be open at once, in all and from one network: over real sockets, in the real server."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit

import pytest

from tests.flows.server import running
from tests.waiting import until

ALL, NETWORK = 12, 3
GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
SOCKET = (
    b"GET /ws/chains/nowhere HTTP/1.1\r\nHost: localhost\r\nOrigin: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@pytest.fixture(scope="module")
def site(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site that takes few connections, and has proxies at 127.9.0.0/16."""
    few = {"CONNECTIONS": str(ALL), "CONNECTIONS_PER_NETWORK": str(NETWORK), "TRUSTED_PROXIES": "127.9.0.0/16"}
    with running(tmp_path_factory.mktemp("crowd"), **few) as address:
        yield address


@pytest.fixture
def lines() -> Iterator[ExitStack]:
    """Closes what a test has opened."""
    with ExitStack() as opened:
        yield opened


def line_from(lines: ExitStack, site: str, peer: str, said: bytes = GET) -> socket.socket:
    """Connect from one of this machine's own addresses, of which 127.0.0.0/8 are all."""
    address = urlsplit(site)
    target = (str(address.hostname), int(address.port or 0))
    line = lines.enter_context(socket.create_connection(target, timeout=20, source_address=(peer, 0)))
    lines.callback(hang_up, line)
    line.sendall(said)
    return line


def hang_up(line: socket.socket) -> None:
    """End a line, and wait until the server has left it too: the next test is to find its seat free."""
    with suppress(OSError):
        line.shutdown(socket.SHUT_WR)
        while line.recv(65536):
            pass


def is_let_in(lines: ExitStack, site: str, peer: str) -> bool:
    """Say whether one more from an address is answered; it stays open."""
    try:
        return line_from(lines, site, peer).recv(65536).startswith(b"HTTP/1.1 200 ")
    except (ConnectionResetError, BrokenPipeError):
        return False


def let_in(lines: ExitStack, site: str, *peers: str) -> int:
    return sum(is_let_in(lines, site, peer) for peer in peers)


def test_one_network_does_not_keep_others_out(site: str, lines: ExitStack) -> None:
    assert let_in(lines, site, *["127.1.0.1"] * 5) == NETWORK
    assert is_let_in(lines, site, "127.2.0.1")


def test_a_wide_network_does_not_fill_the_site(site: str, lines: ExitStack) -> None:
    assert let_in(lines, site, *[f"127.3.0.{1 + number % 6}" for number in range(12)]) == 3 * NETWORK
    assert is_let_in(lines, site, "127.4.0.1")


def test_who_is_refused_is_told_why_before_asking(site: str, lines: ExitStack) -> None:
    assert let_in(lines, site, *["127.5.0.1"] * NETWORK) == NETWORK
    said = line_from(lines, site, "127.5.0.1", b"").recv(65536)
    assert said.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 5" in said
    assert b'"code": "too-many-connections"' in said


def test_behind_a_proxy_is_everybody_and_all_together_have_a_limit(site: str, lines: ExitStack) -> None:
    assert let_in(lines, site, *["127.9.0.1"] * (ALL + 2)) == ALL
    assert not is_let_in(lines, site, "127.6.0.1")


def test_who_has_left_makes_room_also_from_a_websocket(site: str, lines: ExitStack) -> None:
    for _ in range(3):
        with ExitStack() as own:
            begun = [line_from(own, site, "127.7.0.1", SOCKET % site.encode()) for _ in range(NETWORK)]
            assert all(line.recv(65536).startswith(b"HTTP/1.1 ") for line in begun)
        until(lambda: is_let_in(lines, site, "127.7.0.1") or None, "there is room again")
        lines.close()
