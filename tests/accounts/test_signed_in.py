"""Whose session it is: known from rows that are read each time, and only while they are the very same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from accounts.signed_in import SignedIn, forget, known_sessions, signed_in
from common.session_store import SessionStore
from common.statements import cells_at_once

pytestmark = pytest.mark.django_db

ADDRESSES = [f"0x{'c1' * 20}", f"0x{'c2' * 20}"]


@pytest.fixture(autouse=True)
def _nobody_known() -> None:
    known_sessions.clear()


def session_of(address: str) -> str:
    user, _ = User.objects.get_or_create(address=address)
    browser = Client()
    browser.force_login(user)
    return str(browser.session.session_key)


def holds(known: SignedIn | None) -> bool:
    return known is not None and known.is_still(cells_at_once(known.sql))


def test_each_session_is_its_own_users(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    keys = [session_of(address) for address in ADDRESSES]
    for _ in range(2):
        found = [signed_in(key) for key in keys]
        assert [known.user.address for known in found if known] == ADDRESSES
        assert all(map(holds, found))
    with django_assert_num_queries(0):
        known = signed_in(keys[0])
    assert known
    assert known.user is not known.user
    one, other = (cells_at_once(each.sql) for each in found if each)
    assert not found[0].is_still(other)  # type: ignore[union-attr]
    assert not found[0].is_still([one[0], other[1]])  # type: ignore[union-attr]


def sign_out(key: str) -> None:
    SessionStore(key).flush()


def delete_the_row(key: str) -> None:
    Session.objects.filter(pk=key)._raw_delete("default")


def run_out(key: str) -> None:
    Session.objects.filter(pk=key).update(expire_date=timezone.now() - timedelta(seconds=1))


def write_into_it(key: str) -> None:
    store = SessionStore(key)
    store["chain_id"] = 1
    store.save()


def hand_it_to_another(key: str) -> None:
    theirs = Session.objects.get(pk=session_of(ADDRESSES[1]))
    Session.objects.filter(pk=key).update(session_data=theirs.session_data)


def close_the_account(key: str) -> None:
    User.objects.filter(address=ADDRESSES[0]).update(is_active=False)


def make_them_staff(key: str) -> None:
    User.objects.filter(address=ADDRESSES[0]).update(is_staff=True)


def sign_out_everywhere(key: str) -> None:
    User.objects.filter(address=ADDRESSES[0]).update(password="!other")  # noqa: S106  no password: what sessions bind


def delete_the_user(key: str) -> None:
    User.objects.filter(address=ADDRESSES[0]).delete()


CHANGES = [sign_out, delete_the_row, run_out, write_into_it, hand_it_to_another, close_the_account, make_them_staff]
CHANGES += [sign_out_everywhere, delete_the_user]
STAY = {write_into_it, make_them_staff}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_any_change_of_session_or_user_is_seen_at_once(change: Callable[[str], None]) -> None:
    key = session_of(ADDRESSES[0])
    known = signed_in(key)
    assert holds(known)
    change(key)
    assert not holds(known)
    forget(key)
    now = signed_in(key)
    assert holds(now) == (change in STAY or change is hand_it_to_another)
    if now:
        assert now.user.address == ADDRESSES[change is hand_it_to_another]


def test_another_secret_ends_what_it_had_signed(settings: Settings) -> None:
    key = session_of(ADDRESSES[0])
    known, old = signed_in(key), settings.SECRET_KEY
    settings.SECRET_KEY = "another-" + "y" * 50  # pragma: allowlist secret
    assert not holds(known)
    forget(key)
    assert signed_in(key) is None
    settings.SECRET_KEY_FALLBACKS = [old]
    assert signed_in(key) is None, "Django has to give such a session a new digest"


@pytest.mark.parametrize(
    "change",
    [
        {HASH_SESSION_KEY: ""},
        {HASH_SESSION_KEY: "0" * 64},
        {BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend"},
        {SESSION_KEY: "0"},
        {SESSION_KEY: "-1"},
        {SESSION_KEY: "1 or true"},
        {SESSION_KEY: "９" * 3},
        {SESSION_KEY: "9" * 40},
        {SESSION_KEY: None},
    ],
    ids=repr,
)
def test_a_session_that_does_not_prove_its_user_is_nobodys(change: dict[str, object]) -> None:
    store = SessionStore(session_of(ADDRESSES[0]))
    store.update(change)
    store.save()
    assert signed_in(str(store.session_key)) is None


def test_data_that_is_not_signed_is_nobodys() -> None:
    key = session_of(ADDRESSES[0])
    row = Session.objects.get(pk=key)
    for data in ("", "x", row.session_data[:-1] + ("A" if row.session_data[-1] != "A" else "B"), row.session_data[1:]):
        Session.objects.filter(pk=key).update(session_data=data)
        assert signed_in(key) is None


@pytest.mark.parametrize("key", ["", "x", "\0" * 32, "x" * 32, "X" * 32, "' or true --" + "x" * 20, "é" * 32])
def test_what_is_no_sessions_key_opens_nothing(key: str) -> None:
    assert signed_in(key) is None
