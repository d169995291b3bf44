"""Forwarded headers are believed of the proxies that the settings name, and of nobody else."""

import asyncio
from typing import Any

import pytest
from pytest_django import Settings

from config.guard import Forwarded
from config.guard.protocol import Receive, Scope, Send

from .driver import ask, http

CLIENT = "203.0.113.9"


def seen(*headers: tuple[bytes, bytes], peer: str | None = "10.0.0.1", **more: Any) -> Scope:
    """Return the scope that is left behind the step."""
    kept: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        kept.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": []})

    scope = http(headers=headers, client=(peer, 1) if peer else None, **more)
    asyncio.run(ask(Forwarded(app), scope))
    return kept[0]


def xff(text: str) -> tuple[bytes, bytes]:
    return b"x-forwarded-for", text.encode("latin1")


@pytest.fixture(autouse=True)
def _proxies(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8", "2001:db8:ffff::/48"]


def test_without_proxies_nobody_is_believed(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = []
    scope = seen(xff(CLIENT), (b"x-forwarded-proto", b"https"), peer="127.0.0.1")
    assert (scope["client"][0], scope["scheme"]) == ("127.0.0.1", "http")


def test_nobody_but_a_proxy_is_believed() -> None:
    scope = seen(xff(CLIENT), (b"x-forwarded-proto", b"https"), peer="192.0.2.1")
    assert (scope["client"][0], scope["scheme"]) == ("192.0.2.1", "http")


def test_a_proxy_says_who_asks_and_over_what() -> None:
    scope = seen(xff(CLIENT), (b"x-forwarded-proto", b"https"))
    assert (scope["client"][0], scope["scheme"]) == (CLIENT, "https")


@pytest.mark.parametrize(
    ("chain", "client"),
    [
        (f"127.0.0.1, {CLIENT}", CLIENT),
        (f"1.1.1.1, {CLIENT}, 10.0.0.2", CLIENT),
        (f"1.1.1.1, {CLIENT}, 10.0.0.2, 10.9.9.9", CLIENT),
        (f"10.0.0.5, {CLIENT}", CLIENT),
        ("10.0.0.5, 10.0.0.6", "10.0.0.5"),
        (f"{CLIENT}:4711", CLIENT),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("2001:db8::7", "2001:db8::7"),
        ("2001:db8::7%eth0", "2001:db8::7"),
        (f"::ffff:{CLIENT}", CLIENT),
        (f"{CLIENT}, 2001:db8:ffff::2", CLIENT),
        (f"{CLIENT}, nonsense", "10.0.0.1"),
        ("unknown", "10.0.0.1"),
        ("", "10.0.0.1"),
        (", ,", "10.0.0.1"),
        (f"{CLIENT}, 10.0.0.2, _hidden, 10.0.0.3", "10.0.0.3"),
    ],
)
def test_the_client_is_the_rightmost_that_is_no_proxy(chain: str, client: str) -> None:
    assert seen(xff(chain))["client"][0] == client


def test_two_headers_are_one_list() -> None:
    assert seen(xff("1.1.1.1"), xff(CLIENT))["client"][0] == CLIENT


def test_a_list_without_end_is_read_from_its_end() -> None:
    assert seen(xff(", ".join(["10.0.0.2"] * 5_000)))["client"][0] == "10.0.0.2"


@pytest.mark.parametrize("scheme", [b"gopher", b"https, gopher", b"javascript", b"https http", b""])
def test_a_scheme_that_is_none_is_not_taken(scheme: bytes) -> None:
    assert seen((b"x-forwarded-proto", scheme))["scheme"] == "http"


def test_the_scheme_is_that_of_the_nearest_proxy() -> None:
    assert seen((b"x-forwarded-proto", b"http, https"))["scheme"] == "https"


def test_a_websocket_has_its_own_names_of_schemes() -> None:
    assert seen((b"x-forwarded-proto", b"https"), type="websocket", scheme="ws")["scheme"] == "wss"


@pytest.mark.parametrize("peer", ["10.0.0.1", "192.0.2.1"])
@pytest.mark.parametrize(
    "name", [b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"forwarded", b"x-real-ip"]
)
def test_nothing_behind_can_believe_such_a_header(name: bytes, peer: str) -> None:
    scope = seen((name, b"for=1.1.1.1;host=evil.example;proto=https"), (b"accept", b"a/b"), peer=peer)
    assert [key for key, _ in scope["headers"]] == [b"host", b"accept"]
    assert dict(scope["headers"])[b"host"] == b"localhost"


@pytest.mark.parametrize(("proxies", "client"), [(["unix"], CLIENT), ([], None)])
def test_a_unix_socket_is_a_proxy_where_the_settings_say_so(
    settings: Settings, proxies: list[str], client: str | None
) -> None:
    settings.TRUSTED_PROXIES = proxies
    scope = seen(xff(CLIENT), peer=None)
    assert (scope["client"] and scope["client"][0]) == client
