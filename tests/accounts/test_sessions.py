"""A socket ends with the session that it was opened in, whoever ends that and wherever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import DjangoDbBlocker, Settings

from accounts.legal.models import Acceptance
from accounts.models import User
from common.sockets import SESSION_OVER, TOO_MANY
from contracts.models import Chain
from tests.sockets import cookie_in, do, heard, opened

from .conftest import CHAIN
from .signing import Person

PATH = "/ws/chains/anvil"
OVER = {"closed": SESSION_OVER}


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The chain, in a row that sockets see; what they write is taken back with it."""
    with django_db_blocker.unblock():
        made = Chain.objects.create(pk=31337, **CHAIN)
        yield
        for model in (Session, Acceptance, User):
            model._default_manager.all().delete()
        made.delete()
        connection.close()


@pytest.fixture
def member(committed: None) -> tuple[Browser, Person]:
    """Somebody who has signed in, and the browser in which they did."""
    browser, person = Browser(), Person()
    assert person.sign_in(browser).status_code == 200
    return browser, person


Member = tuple[Browser, Person]


async def end_of(socket: ApplicationCommunicator) -> dict[str, Any]:
    """Return how a socket ends. An indexer that another test left running may say until then where its chain is."""
    said = await heard(socket)
    return await end_of(socket) if "head" in said else said


def sign_out(browser: Browser, person: Person) -> None:
    browser.post("/sign-out", headers={"accept": "application/json"})


def sign_in_again(browser: Browser, person: Person) -> None:
    assert person.sign_in(browser).status_code == 200


def sign_in_as_another(browser: Browser, person: Person) -> None:
    assert Person().sign_in(browser).status_code == 200


def delete_the_session(browser: Browser, person: Person) -> None:
    Session.objects.filter(pk=browser.cookies["sessionid"].value).delete()


def sweep(browser: Browser, person: Person) -> None:
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    browser.session.clear_expired()


def close_the_account(browser: Browser, person: Person) -> None:
    user = User.objects.get(address=person.address.lower())
    user.is_active = False
    user.save()


def delete_the_user(browser: Browser, person: Person) -> None:
    User.objects.get(address=person.address.lower()).delete()


ENDS = [sign_out, sign_in_again, sign_in_as_another, delete_the_session, sweep, close_the_account, delete_the_user]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
def test_the_end_of_a_session_closes_its_sockets_and_no_other(
    member: Member, end: Callable[[Browser, Person], None]
) -> None:
    browser, person = member
    cookie = cookie_in(browser)

    async def story() -> None:
        async with opened(PATH, cookie) as one, opened(PATH, cookie) as two, opened(PATH) as visitor:
            for socket in (one, two, visitor):
                assert (await socket.receive_output(5))["type"] == "websocket.accept"
            await do(end, browser, person)
            assert [await end_of(one), await end_of(two)] == [OVER, OVER]
            while not await visitor.receive_nothing(0.2):
                assert set(await heard(visitor)) == {"head"}
        async with opened(PATH, cookie) as late:  # it is a visitor's now
            assert (await late.receive_output(5))["type"] == "websocket.accept"

    asyncio.run(story())


def close_quietly(person: Person) -> None:
    User.objects.filter(address=person.address.lower()).update(is_active=False)


def delete_quietly(person: Person) -> None:
    with connection.cursor() as cursor:
        cursor.execute("delete from django_session")


def overwrite(person: Person) -> None:
    other = Browser()
    other.force_login(User.objects.create(address="0x" + "12" * 20))
    theirs = Session.objects.get(pk=other.session.session_key)
    Session.objects.exclude(pk=theirs.pk).update(session_data=theirs.session_data)


@pytest.mark.parametrize("end", [close_quietly, delete_quietly, overwrite], ids=lambda end: end.__name__)
def test_an_end_that_nobody_told_is_found_at_the_next_message(member: Member, end: Callable[[Person], None]) -> None:
    browser, person = member

    async def story() -> None:
        async with opened(PATH, cookie_in(browser)) as socket:
            assert (await socket.receive_output(5))["type"] == "websocket.accept"
            await do(end, person)
            await socket.send_input({"type": "websocket.receive", "text": "{}"})
            assert await end_of(socket) == OVER

    asyncio.run(story())


def test_a_session_that_runs_out_closes_its_sockets(member: Member) -> None:
    browser, _person = member
    Session.objects.update(expire_date=timezone.now() + timedelta(seconds=2))

    async def story() -> None:
        async with opened(PATH, cookie_in(browser)) as socket:
            assert (await socket.receive_output(5))["type"] == "websocket.accept"
            assert await end_of(socket) == OVER

    asyncio.run(story())


def test_a_session_has_so_many_sockets(member: Member, settings: Settings) -> None:
    settings.SOCKETS_PER_SESSION = 1
    cookie = cookie_in(member[0])

    async def story() -> None:
        async with opened(PATH, cookie) as one, opened(PATH, cookie, client="198.51.100.1") as two:
            assert (await one.receive_output(5))["type"] == "websocket.accept"
            assert await heard(two) == {"closed": TOO_MANY}

    asyncio.run(story())


def test_a_session_that_is_deleted_in_the_database_is_over_on_pages_too(member: Member) -> None:
    browser, person = member
    assert person.address in browser.get("/about").content.decode()
    delete_the_session(browser, person)
    assert person.address not in browser.get("/about").content.decode()


def test_signing_in_again_gives_another_session_and_another_token(member: Member) -> None:
    browser, person = member
    session = browser.session
    session["kept"] = "yes"
    session.save()
    before, token = session.session_key, browser.get("/sign-in/start").json()["csrf_token"]
    secret = browser.cookies["csrftoken"].value
    assert person.sign_in(browser).status_code == 200
    assert browser.cookies["sessionid"].value != before
    assert not Session.objects.filter(pk=before).exists()
    assert browser.session["kept"] == "yes"
    assert (browser.cookies["csrftoken"].value != secret, bool(token)) == (True, True)
