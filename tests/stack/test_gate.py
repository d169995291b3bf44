"""No web page reaches the demo's chain: not by its port under a foreign name, not across sites, not past the gate."""

import http.client
import json
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stack import anvil, chain
from tests.ports import free_port

from .local_chain import Local, child_of

BLOCK = {"jsonrpc": "2.0", "id": 7, "method": "eth_blockNumber", "params": []}
JSON = ("Content-Type", "application/json")
HOSTS = [
    "evil.example",
    "evil.example:{port}",
    "localhost.evil.example",
    "127.0.0.1.evil.example:{port}",
    "evil.example@127.0.0.1:{port}",
    "localhost@evil.example",
    "localhost.",
    "127.0.0.1:",
    "127.0.0.1:8x",
    "127.0.0.2",
    "0.0.0.0",  # noqa: S104  a name that is refused
    "2130706433",
    "[::ffff:127.0.0.1]",
    " ",
    "",
]
ORIGINS = [
    "https://evil.example",
    "http://localhost:{port}",
    "http://127.0.0.1:{port}",
    "null",
    "",
    "file://",
    "chrome-extension://",
    "chrome-extension://a/b",
    "https://chrome-extension",
]
TYPES = [
    "text/plain",
    "text/plain; charset=application/json",
    "application/x-www-form-urlencoded",
    "",
    "application/jsonx",
]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Local, int]]:
    """A chain that mines each transaction at once, and the process id of its anvil."""
    with tempfile.TemporaryDirectory(prefix="citrate-sockets-") as sockets:
        local = Local(tmp_path_factory.mktemp("gate") / "chain", free_port(), Path(sockets))
        with anvil.running(local.made(), local.port, local.sockets, "--prepare") as child:
            yield local, child_of(child)


@pytest.fixture
def port(opened: tuple[Local, int]) -> int:
    return opened[0].port


def ask(port: int, body: bytes, *headers: tuple[str, str], method: str = "POST") -> tuple[int, bytes]:
    """Send exactly these headers, and a length."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    line.putrequest(method, "/", skip_host=True, skip_accept_encoding=True)
    for name, value in (*headers, ("Content-Length", str(len(body)))):
        line.putheader(name, value)
    line.endheaders(body)
    answer = line.getresponse()
    try:
        return answer.status, answer.read()
    finally:
        line.close()


def own(port: int) -> tuple[str, str]:
    return "Host", f"127.0.0.1:{port}"


def encoded(asked: Any) -> bytes:
    return json.dumps(asked).encode()


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LocalHost", "[::1]", "127.0.0.1:1"])
def test_programs_of_this_machine_are_answered(port: int, name: str) -> None:
    status, answer = ask(port, encoded(BLOCK), ("Host", name), JSON)
    assert (status, json.loads(answer)) == (200, {"jsonrpc": "2.0", "id": 7, "result": "0x0"})


@pytest.mark.parametrize("scheme", ["chrome", "moz", "safari-web"])
def test_a_wallet_that_a_person_has_installed_is_answered(port: int, scheme: str) -> None:
    assert ask(port, encoded(BLOCK), own(port), JSON, ("Origin", f"{scheme}-extension://abc"))[0] == 200


@pytest.mark.parametrize("host", HOSTS)
def test_another_name_is_refused(port: int, host: str) -> None:
    assert ask(port, encoded(BLOCK), ("Host", host.format(port=port)), JSON)[0] in (400, 421)


def test_no_name_and_two_names_are_refused(port: int) -> None:
    assert ask(port, encoded(BLOCK), JSON)[0] in (400, 421)
    assert ask(port, encoded(BLOCK), own(port), ("Host", "evil.example"), JSON)[0] in (400, 421)


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_page_is_refused(port: int, origin: str) -> None:
    assert ask(port, encoded(BLOCK), own(port), JSON, ("Origin", origin.format(port=port)))[0] == 403


@pytest.mark.parametrize("kind", TYPES)
def test_what_a_page_may_send_without_being_asked_is_refused(port: int, kind: str) -> None:
    assert ask(port, encoded(BLOCK), own(port), ("Content-Type", kind))[0] == 415


@pytest.mark.parametrize("method", ["GET", "OPTIONS", "PUT", "HEAD"])
def test_other_methods_are_refused(port: int, method: str) -> None:
    assert ask(port, b"", own(port), JSON, method=method)[0] == 405


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"hello", -32700),
        (b"\xff\xfe", -32700),
        (b"", -32700),
        (b"[" * 100_000, -32700),
        (b"[]", -32600),
        (b"3", -32600),
        (b'{"method":"eth_chainId"}', -32600),
        (b'{"id":null,"method":"eth_chainId"}', -32600),
        (b'{"id":1,"method":5}', -32600),
        (b'[{"id":1,"method":"eth_chainId"},4]', -32600),
    ],
)
def test_what_is_no_call_is_answered_by_jsonrpcs_own_error(port: int, body: bytes, code: int) -> None:
    status, answer = ask(port, body, own(port), JSON)
    assert (status, json.loads(answer)["error"]["code"]) == (200, code)


def test_a_batch_is_answered_whole_and_a_refusal_is_anvils_own(port: int) -> None:
    asked = [BLOCK, {**BLOCK, "id": "b", "method": "eth_chainId"}, {**BLOCK, "id": 9, "method": "eth_nope"}]
    status, answer = ask(port, encoded(asked), own(port), JSON)
    assert status == 200
    found = {each["id"]: each for each in json.loads(answer)}
    assert (found[7]["result"], found["b"]["result"]) == ("0x0", "0x7a69")
    assert "error" in found[9]


def test_a_body_that_is_too_large_is_refused_and_a_large_answer_is_whole(port: int) -> None:
    assert ask(port, b" " * 4_000_001, own(port), JSON)[0] == 413
    asked = [{**BLOCK, "id": number, "method": "eth_accounts"} for number in range(1, 2_000)]
    status, answer = ask(port, encoded(asked), own(port), JSON)
    assert (status, len(json.loads(answer))) == (200, 1_999)


@pytest.mark.allow_hosts([chain.NOBODY])
def test_anvil_itself_listens_where_nobody_can_connect(opened: tuple[Local, int]) -> None:
    local, node = opened
    heard = listening(node)
    assert heard  # else this test looks at nothing
    for address in heard:
        with socket.socket() as line, pytest.raises(OSError, match=r"unreachable|denied|not permitted"):
            line.connect(address)
    assert (local.sockets / chain.SOCKET).stat().st_mode & 0o170000 == 0o140000


def listening(pid: int) -> list[tuple[str, int]]:
    """Return the addresses of TCP that a process listens on."""
    files = {link.readlink().name for link in Path(f"/proc/{pid}/fd").iterdir() if "socket:" in str(link.readlink())}
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    found = [row[1].split(":") for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in files]
    return [(socket.inet_ntoa(bytes.fromhex(host)[::-1]), int(port, 16)) for host, port in found]


def test_where_the_system_refuses_that_address_anvil_gets_a_port_that_browsers_do_not_ask(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chain, "NOBODY", "192.0.2.1")  # of nobody's interface
    host, port = chain.address()
    assert host == "127.0.0.1"
    assert port in chain.BARRED


def test_answers_do_not_wait_for_acknowledgements() -> None:
    """asyncio turns Nagle's algorithm off only where the socket says that it is of TCP."""
    with chain._bound(free_port()) as door:
        assert door.proto == socket.IPPROTO_TCP


def test_a_websocket_is_refused(port: int) -> None:
    upgrade = [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")]
    key = ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
    assert ask(port, b"", own(port), *upgrade, key, method="GET")[0] == 405
