"""Nothing that belongs to one visitor is ever in a page that others get, over real sockets."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from importlib import import_module

import httpx
import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from pytest_django import DjangoDbBlocker

from accounts.addresses import checksum
from accounts.models import User
from tests import loopback
from tests.flows.server import running

PAGES = ["/", "/models", "/models?view=grid", "/models?q=bge", "/models/BAAI/bge-m3", "/models/BAAI", "/about"]
TOKEN = re.compile(r"csrfmiddlewaretoken|X-CSRFToken")
ADDRESSES = [f"0x{'d1' * 20}", f"0x{'d2' * 20}"]


@pytest.fixture(scope="module")
def site(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site."""
    with running(tmp_path_factory.mktemp("private")) as address:
        yield address


@pytest.fixture(scope="module")
def cookies(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[str]]:
    """The session cookies of two people, committed, because the site is another process."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    with django_db_blocker.unblock():
        users = [User.objects.create(address=address) for address in ADDRESSES]
        sessions = []
        for user in users:
            session = store()
            session[SESSION_KEY], session["chain_id"] = str(user.pk), 31337
            session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
            session[HASH_SESSION_KEY] = user.get_session_auth_hash()
            session.save()
            sessions.append(session)
    yield [f"{settings.SESSION_COOKIE_NAME}={session.session_key}" for session in sessions]
    with django_db_blocker.unblock():
        for user, session in zip(users, sessions, strict=True):
            session.delete()
            user.delete()


def ask(site: str, path: str, cookie: str = "") -> httpx.Response:
    answer = loopback.get(f"{site}{path}", headers={"Cookie": cookie} if cookie else {}, timeout=20)
    assert answer.status_code == HTTPStatus.OK, answer.text
    return answer


@pytest.mark.parametrize("path", PAGES)
def test_each_sees_their_own_name_and_nobody_elses(site: str, cookies: list[str], path: str) -> None:
    names = [checksum(address) for address in ADDRESSES]
    for _ in range(2):  # with an empty cache, then with a full one
        for cookie, own, other in zip(cookies, names, reversed(names), strict=True):
            page = ask(site, path, cookie)
            assert page.headers["cache-status"] == "citrate; fwd=bypass"
            assert "private" in page.headers["cache-control"]
            assert own in page.text
            assert other not in page.text
        page = ask(site, path)
        assert not any(name in page.text for name in names)
    assert page.headers["cache-status"].startswith("citrate; hit")


@pytest.mark.parametrize("path", PAGES)
def test_a_kept_page_carries_no_cookie_and_no_token(site: str, path: str) -> None:
    first, second = ask(site, path), ask(site, path)
    assert second.headers["cache-status"].startswith("citrate; hit")
    for page in (first, second):
        assert "set-cookie" not in page.headers
        assert not TOKEN.search(page.text)
        assert "cookie" not in page.headers.get("vary", "").lower()


@pytest.mark.parametrize("cookie", ["csrftoken=planted0planted0planted0planted0", "messages=planted", "other=planted"])
def test_what_a_visitor_plants_is_not_in_the_page_that_others_get(site: str, cookie: str) -> None:
    path = f"/models?q=plant&from={len(cookie)}"
    ask(site, path, cookie)
    assert "planted" not in ask(site, path).text


def test_a_page_that_looks_at_the_session_is_not_kept(site: str) -> None:
    """The form of signing in has a token, and sets its cookie."""
    for _ in range(2):
        page = ask(site, "/sign-in")
        assert "hit" not in page.headers.get("cache-status", "")
