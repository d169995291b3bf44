"""Sockets of the real server: what is refused, and how the end of a session reaches another process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress

import pytest
from django.contrib.sessions.models import Session
from django.test import Client as Browser
from pytest_django import DjangoDbBlocker
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from accounts.models import User
from common.sockets import NOT_JSON, NOT_TEXT, SESSION_OVER, TOO_LARGE, TOO_MANY
from contracts.models import Chain
from tests import loopback
from tests.flows.server import running
from tests.sockets import cookie_in

ROW = {"short_name": "live", "name": "Live", "coin": "ETH", "confirmations": 3, "reorg_window": 64}
PATIENCE = 20


@pytest.fixture(scope="module")
def sites(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[str]]:
    """The addresses of two processes of one site, and a chain in it."""
    with django_db_blocker.unblock():
        made = Chain.objects.create(pk=4_243, **ROW)
        one, other = (tmp_path_factory.mktemp(name) for name in ("one", "other"))
        with running(one) as first, running(other) as second:
            yield [first, second]
        for model in (Session, User):
            model._default_manager.all().delete()
        made.delete()


def socket_to(site: str, cookie: bytes = b"") -> Connection:
    headers = {"Cookie": cookie.decode()} if cookie else {}
    address = site.replace("http://", "ws://") + "/ws/chains/live"
    return connect(address, origin=site, additional_headers=headers, proxy=None)  # type: ignore[arg-type]  # any origin is text


def end_of(line: Connection) -> tuple[int | None, str | None]:
    """Return the code and the reason with which the server closes."""
    with suppress(ConnectionClosed):
        while True:
            line.recv(PATIENCE)
    return line.close_code, line.close_reason


SAID: dict[str, tuple[list[str | bytes], int]] = {
    "bytes": ([b"{}"], NOT_TEXT),
    "text that is no JSON": (["{"], NOT_JSON),
    "a key twice": (['{"a": 1, "a": 2}'], NOT_JSON),
    "too much for us": (["x" * 65_537], TOO_LARGE),
    "too much for any server": (["x" * 3_000_000], TOO_LARGE),
    "a flood": (["{}"] * 21, TOO_MANY),
}


@pytest.mark.parametrize(("messages", "code"), SAID.values(), ids=SAID)
def test_what_is_refused_closes_with_its_code_and_a_reason(
    sites: list[str], messages: list[str | bytes], code: int
) -> None:
    with socket_to(sites[0]) as line:
        for message in messages:
            line.send(message)
        closed, reason = end_of(line)
    assert closed == code
    assert reason


def test_text_that_is_no_text_closes_the_socket(sites: list[str]) -> None:
    with socket_to(sites[0]) as line:
        line.send(b'{"a": "\xff"}', text=True)
        assert end_of(line)[0] == NOT_JSON


def test_a_message_in_many_parts_is_one_message(sites: list[str]) -> None:
    with socket_to(sites[0]) as line:
        with suppress(ConnectionClosed):  # before all of them are sent
            line.send("x" * 1_000 for _ in range(70))
        assert end_of(line)[0] == TOO_LARGE
    with socket_to(sites[0]) as line:
        line.send(["[", "", "]"])
        assert json.loads(line.recv(PATIENCE))["code"] == "unknown-message"


def test_what_is_well_formed_is_answered(sites: list[str]) -> None:
    with socket_to(sites[0]) as line:
        line.send("[]")
        assert json.loads(line.recv(PATIENCE))["code"] == "unknown-message"


def test_signing_out_in_one_process_closes_the_socket_of_another(
    sites: list[str], django_db_blocker: DjangoDbBlocker
) -> None:
    browser = Browser()
    with django_db_blocker.unblock():
        browser.force_login(User.objects.create(address="0x" + "cd" * 20))
    cookie = cookie_in(browser)
    with socket_to(sites[0], cookie) as line, socket_to(sites[0]) as visitor:
        with loopback.client(sites[1], timeout=PATIENCE) as client:
            name, _, value = cookie.decode().partition("=")
            client.cookies.set(name, value)
            token = client.get("/sign-in/start").json()["csrf_token"]
            headers = {"X-CSRFToken": token, "Accept": "application/json", "Origin": sites[1]}
            assert client.post("/sign-out", headers=headers).status_code == 204
        assert end_of(line)[0] == SESSION_OVER
        visitor.send("[]")
        assert json.loads(visitor.recv(PATIENCE))["type"] == "error"
