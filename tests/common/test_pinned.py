"""An address that a person gave leads to the internet or nowhere, and stays where it was looked up."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

import certifi
import pytest

from common import pinned
from common.outbound import OutboundError, TooSlowError, UnreachableError
from common.pinned import AddressRefusedError, Pinned, checked_url, is_public, resolved
from tests.hostile import answer, hostile
from tests.waiting import PATIENCE

from .certificates import certified

HOST = "models.example"

REFUSED = """
ftp://models.example/v1
//models.example/v1
models.example/v1
https://
https:///v1
http://models.example/v1
http://8.8.8.8/v1
https://user@models.example/v1
https://user:secret\x40models.example/v1
https://:secret@models.example/v1
https://@models.example/v1
https://models.example/v1?key=1
https://models.example/v1?
https://models.example/v1#top
https://models.example\\@127.0.0.1/v1
https://models.example/v 1
https://models.ex\tample/v1
https://mod\u00e9ls.example/v1
https://\u2488.example/v1
https://localhost/v1
https://localhost./v1
https://a.localhost/v1
https://printer.local/v1
https://metadata.google.internal/v1
https://router.lan/v1
https://intranet/v1
https://models/v1
https://-a.example/v1
https://a..example/v1
https://a_b!.example/v1
https://127.0.0.1/v1
https://127.1/v1
https://0/v1
https://2130706433/v1
https://017700000001/v1
https://0x7f000001/v1
https://0x7f.1/v1
https://0177.0.0.1/v1
https://127.0.0.01/v1
https://1.2.3.0x4/v1
https://1.2.3.4.5/v1
https://10.1.2.3/v1
https://172.16.0.1/v1
https://192.168.1.1/v1
https://169.254.169.254/v1
https://100.64.0.1/v1
https://198.18.0.1/v1
https://192.0.2.1/v1
https://192.88.99.1/v1
https://224.0.0.1/v1
https://240.0.0.1/v1
https://255.255.255.255/v1
https://0.0.0.0/v1
https://[::]/v1
https://[::1]/v1
https://[::127.0.0.1]/v1
https://[::ffff:127.0.0.1]/v1
https://[::ffff:7f00:1]/v1
https://[::ffff:8.8.8.8]/v1
https://[64:ff9b::7f00:1]/v1
https://[64:ff9b::808:808]/v1
https://[64:ff9b:1::7f00:1]/v1
https://[2002:7f00:1::]/v1
https://[2001:0:7f00:1::]/v1
https://[2001:db8::1]/v1
https://[3fff::1]/v1
https://[fc00::1]/v1
https://[fd12::1]/v1
https://[fe80::1]/v1
https://[fe80::1%25eth0]/v1
https://[2606:4700::1111%25eth0]/v1
https://[fec0::1]/v1
https://[ff02::1]/v1
https://[::1/v1
https://models.example:22/v1
https://models.example:25/v1
https://models.example:80/v1
https://models.example:6379/v1
https://models.example:5432/v1
https://models.example:0/v1
https://models.example:99999/v1
https://models.example:x/v1
""".strip().split("\n")


@pytest.mark.parametrize("url", [*REFUSED, "https://models.example/" + "x" * 500, "https://" + "a." * 130 + "example/"])
def test_what_is_no_address_of_a_public_server_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(AddressRefusedError) as refused:
        checked_url(url)
    assert str(refused.value.detail).endswith(".")
    assert "secret" not in str(refused.value.detail)


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("https://models.example/v1", ""),
        ("HTTPS://Models.Example/v1", "https://models.example/v1"),
        ("https://models.example./v1", "https://models.example/v1"),
        ("https://models.example:443/v1", "https://models.example/v1"),
        ("https://models.example:8443/v1/", ""),
        ("https://models.example:8000/", ""),
        ("https://xn--mdls-boa5b.example/v1", ""),
        ("https://8.8.8.8/v1", ""),
        ("https://[2606:4700:4700::1111]/v1", ""),
    ],
)
def test_a_public_server_is_not(url: str, same: str) -> None:
    assert checked_url(url).url == (same or url)


def test_this_machine_is_asked_only_where_a_setting_says_so() -> None:
    for url in ("http://127.0.0.1:8001/v1", "http://localhost:8001/v1", "http://[::1]:8001/v1"):
        assert checked_url(url, loopback=True).url == url
        with pytest.raises(AddressRefusedError):
            checked_url(url)
    for url in ("http://10.0.0.1:8001/v1", "https://169.254.169.254/v1", "http://models.example/v1", "http://0:8001/"):
        with pytest.raises(AddressRefusedError):
            checked_url(url, loopback=True)


def leads_to(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Have names lead to these addresses, look-up by look-up, the last for ever; return what was asked."""
    asked: list[str] = []
    left = list(answers)

    def lookup(host: str, _port: int) -> list[str]:
        asked.append(host)
        return left.pop(0) if len(left) > 1 else left[0]

    monkeypatch.setattr(pinned, "lookup", lookup)
    return asked


PRIVATE = ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "fe80::1%eth0", "x"]


@pytest.mark.parametrize("private", PRIVATE)
def test_one_private_address_among_public_ones_is_enough(private: str, monkeypatch: pytest.MonkeyPatch) -> None:
    leads_to(monkeypatch, ["8.8.8.8", private])
    with pytest.raises(AddressRefusedError):
        resolved(checked_url(f"https://{HOST}/v1"))
    assert not is_public(private)


def test_a_name_that_leads_nowhere_or_takes_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    place = checked_url(f"https://{HOST}/v1")
    leads_to(monkeypatch, [])
    with pytest.raises(UnreachableError):
        resolved(place)

    def unknown(_host: str, _port: int) -> list[str]:
        raise socket.gaierror("unknown")

    monkeypatch.setattr(pinned, "lookup", unknown)
    with pytest.raises(UnreachableError):
        resolved(place)
    monkeypatch.setattr(pinned, "LOOKUP_SECONDS", 0.1)

    over = Event()

    def never(_host: str, _port: int) -> list[str]:
        over.wait(PATIENCE)
        return ["8.8.8.8"]

    monkeypatch.setattr(pinned, "lookup", never)
    with pytest.raises(TooSlowError):
        resolved(place)
    over.set()


def test_a_name_that_leads_elsewhere_the_second_time_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: public when it is checked, private when it is used. One look-up is both."""
    asked = leads_to(monkeypatch, ["8.8.8.8"], ["127.0.0.1"])
    place = checked_url(f"https://{HOST}/v1")
    with Pinned(place) as first:
        assert first._pool.host == "8.8.8.8"
    assert asked == [HOST]
    with pytest.raises(AddressRefusedError):  # the next connection looks again, and sees where it leads now
        Pinned(place)


@contextmanager
def secure(context: ssl.SSLContext) -> Iterator[tuple[int, list[bytes]]]:
    """Open a server with TLS that answers every request with an empty object; give its port and what it heard."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            while True:
                try:
                    line, _ = door.accept()
                except OSError:
                    return
                with suppress(OSError), context.wrap_socket(line, server_side=True) as told:
                    heard.append(told.recv(65_536))
                    told.sendall(b"".join(answer(b"{}")))

        Thread(target=serve, daemon=True).start()
        yield door.getsockname()[1], heard


@pytest.fixture
def own_authority(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ssl.SSLContext:
    trusted, context = certified(tmp_path, HOST)
    monkeypatch.setattr(certifi, "where", lambda: str(trusted))
    leads_to(monkeypatch, ["127.0.0.1"])
    return context


def test_tls_checks_the_name_though_the_connection_goes_to_an_address(own_authority: ssl.SSLContext) -> None:
    with secure(own_authority) as (port, heard):
        for name, is_right in ((HOST, True), ("other.example", False)):
            place = checked_url(f"https://{name}:{port}/v1/models")
            with Pinned(place, loopback=True) as out:
                if is_right:
                    assert out.get(place.url, seconds=5, most_bytes=100) == (200, b"{}")
                else:
                    with pytest.raises(OutboundError):
                        out.get(place.url, seconds=5, most_bytes=100)
    assert len(heard) == 1
    assert f"\r\nHost: {HOST}:{port}\r\n".encode() in heard[0]
    assert heard[0].startswith(b"GET /v1/models HTTP/1.1")


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"])
def test_a_redirect_is_an_answer_and_not_a_way(status: str) -> None:
    with (
        hostile(answer(b"secret")) as target,
        hostile(answer(b"", status, more=f"location: {target}\r\n")) as url,
        Pinned(checked_url(url, loopback=True), loopback=True) as out,
    ):
        assert out.get(url, seconds=5, most_bytes=100) == (int(status[:3]), b"")


def test_what_is_not_this_machine_stays_refused_in_a_demo(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    leads_to(monkeypatch, ["10.0.0.7"])
    with pytest.raises(AddressRefusedError):
        Pinned(checked_url(f"https://{HOST}/v1", loopback=True), loopback=True)
