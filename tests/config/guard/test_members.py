"""The short way of members and visitors: faster, and in everything else the long way's page, headers and end."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from importlib import import_module
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.template import Template
from django.test import RequestFactory
from pytest_django import DjangoDbBlocker

from accounts.addresses import checksum
from accounts.models import User
from common.kept import Kept, Known, Location, Piece, UrlMatch
from config.guard import Gate, Limits, Members, PageCache, Threads
from config.guard.members import GRACE, is_for_all, is_for_visitors
from config.guard.protocol import Headers, Receive, Scope, Send
from config.members import VISITOR, token_of
from marketplace.listings.models import Listing
from tests import loopback
from tests.flows.server import running

from .driver import HOST, Answer, http, replying
from .driver import ask as ask_by_hand

MODEL = "/models/BAAI/bge-m3"
PAGES = ["/models", MODEL]
SECRETS = ["a" * 32, "B" * 32]
TOKEN = re.compile(r'(csrfmiddlewaretoken" value="|X-CSRFToken": ")\w{64}')
ACCOUNT = re.compile(r'<meta name="account" content="(0x\w{40})"')
COUNTED = re.compile(r'(?:member|visitor)_pages_total\{way="filled"\} (\d+)')
PLAIN = {"Accept-Encoding": "gzip"}
PASSED_BY = PLAIN | {"Authorization": "Bearer x"}  # by the page cache


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("members")


@pytest.fixture(scope="module")
def site(django_db_setup: None, home: Path) -> Iterator[str]:
    """The address of a site with one thread, so that everybody's pages are made by the same."""
    with running(home, WEB_THREADS="1") as address:
        yield address


@pytest.fixture
def people(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[Person]]:
    """Two people who are signed in, committed, because the site is another process."""
    with django_db_blocker.unblock():
        found = [Person(number) for number in range(2)]
        yield found
        Session.objects.all().delete()
        User.objects.filter(address__in=[person.user.address for person in found]).delete()
        connection.close()


class Person:
    """Somebody with a session of their own."""

    def __init__(self, number: int) -> None:
        self.user = User.objects.create(address=f"0x{number + 1:02x}" + "ab" * 19)
        self.name = checksum(self.user.address)
        self.session = import_module(settings.SESSION_ENGINE).SessionStore()
        self.session[SESSION_KEY], self.session["chain_id"] = str(self.user.pk), 31337 + number
        self.session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        self.session[HASH_SESSION_KEY] = self.user.get_session_auth_hash()
        self.session.save()
        self.secret = SECRETS[number]

    @property
    def headers(self) -> dict[str, str]:
        key = self.session.session_key
        return {"Cookie": f"sessionid={key}; csrftoken={self.secret}", "Accept-Encoding": "gzip"}


def ask(site: str, path: str, headers: dict[str, str]) -> httpx.Response:
    sent = [(name.encode(), value.encode()) for name, value in headers.items()]  # a cookie may hold any bytes
    return loopback.get(f"{site}{path}", headers=sent, timeout=20)


def filled(site: str) -> int:
    """Return how many pages have taken the short way."""
    return sum(map(int, COUNTED.findall(ask(site, "/metrics", {}).text)))


def took(site: str, path: str, headers: dict[str, str]) -> tuple[bool, httpx.Response]:
    """Return whether a page takes the short way, and the page."""
    before = filled(site)
    page = ask(site, path, headers)
    return filled(site) > before, page


def known(site: str, path: str, person: Person | None) -> httpx.Response:
    """Return a page of the short way, for a visitor where nobody is named."""
    headers = person.headers if person else PASSED_BY
    for _ in range(3):  # its counts may be of a moment ago, and end just now
        ask(site, path, headers)
        is_short, page = took(site, path, headers)
        if is_short:
            return page
    raise AssertionError(f"{path} takes the long way")


def plain(page: httpx.Response) -> str:
    return TOKEN.sub("", page.text)


@pytest.mark.parametrize("path", PAGES)
def test_the_short_ways_page_is_the_long_ways_page(site: str, people: list[Person], path: str) -> None:
    short = known(site, path, people[0])
    is_short, long = took(site, path, people[0].headers | {"If-Modified-Since": "x"})
    assert not is_short
    assert plain(short) == plain(long)
    ours, theirs = dict(short.headers), dict(long.headers)
    assert theirs.pop("set-cookie").startswith("csrftoken=")
    for each in (ours, theirs):
        for name in ("date", "etag", "x-request-id", "content-length"):
            assert each.pop(name)
    assert ours == theirs
    assert len({unescape(found) for found in re.findall(r"\w{64}", short.text)}) == 1


@pytest.mark.parametrize("path", PAGES)
def test_a_visitors_page_of_the_short_way_is_that_of_the_long_way(site: str, path: str) -> None:
    short = known(site, path, None)
    is_short, long = took(site, path, PASSED_BY | {"If-Modified-Since": "x"})
    assert (is_short, short.text) == (False, long.text)
    ours, theirs = dict(short.headers), dict(long.headers)
    for each in (ours, theirs):
        assert each.pop("date")
        assert each.pop("x-request-id")
    assert ours == theirs
    assert (ours["cache-status"], ours["cache-control"]) == ("citrate; fwd=bypass", "private, no-cache")
    assert "set-cookie" not in ours


def test_visitors_and_members_have_pages_of_their_own(site: str, people: list[Person]) -> None:
    for path in PAGES:
        for _ in range(2):
            theirs, mine = known(site, path, None), known(site, path, people[0])
            assert people[0].name in mine.text
            assert not ACCOUNT.findall(theirs.text)
            assert not TOKEN.search(theirs.text)
            assert "data-connect" in theirs.text


def test_what_a_visitor_is_given_from_the_page_cache_was_made_for_all(site: str) -> None:
    """The same page, whichever of its three ways it came."""
    passed = known(site, MODEL, None)
    first, again = ask(site, MODEL, PLAIN), ask(site, MODEL, PLAIN)
    assert "hit" in again.headers["cache-status"]
    assert passed.text == first.text == again.text
    assert not took(site, MODEL, PLAIN)[0]


@pytest.mark.parametrize(
    "more",
    [
        {"Range": "bytes=0-9"},
        {"HX-Request": "true"},
        {"If-Match": '"x"'},
        {"Cookie": "sessionid=" + "x" * 32},
        {"Cookie": "sessionid="},
        {"Cookie": "theme=dark", "Host": "localhost"},
    ],
    ids=repr,
)
def test_a_visitor_who_is_not_plain_takes_the_long_way(site: str, more: dict[str, str]) -> None:
    known(site, MODEL, None)
    is_short, page = took(site, MODEL, PASSED_BY | more)
    assert not is_short
    assert page.status_code in {200, 412}


def test_a_visitor_sees_at_once_what_has_changed(site: str, people: list[Person]) -> None:
    known(site, MODEL, None)
    before = Listing.objects.get(name="BAAI/bge-m3").parameters
    Listing.objects.filter(name="BAAI/bge-m3").update(parameters=123_456_789)
    try:
        is_short, page = took(site, MODEL, PASSED_BY)
        assert not is_short
        assert "123.5" in page.text
    finally:
        Listing.objects.filter(name="BAAI/bge-m3").update(parameters=before)
    assert "123.5" not in ask(site, MODEL, PASSED_BY).text


def is_taken(token: str, secret: str) -> bool:
    """Return whether Django takes the token from who has the secret."""
    request = RequestFactory().post("/", headers={"X-CSRFToken": token})
    request.COOKIES[settings.CSRF_COOKIE_NAME] = secret
    guard = CsrfViewMiddleware(HttpResponse)
    guard.process_request(request)
    return guard.process_view(request, HttpResponse, (), {}) is None


def test_a_token_has_a_mask_of_its_own_and_is_the_cookies() -> None:
    tokens = {token_of(SECRETS[1]) for _ in range(50)}
    assert len(tokens) == 50
    for token in tokens:
        assert [is_taken(token, secret) for secret in SECRETS] == [False, True]
    letters = Counter("".join(token[:32] for token in tokens))
    assert len(letters) == 62


@pytest.mark.parametrize("path", PAGES)
def test_it_is_who_asks_that_it_shows_and_their_token_that_it_carries(
    site: str, people: list[Person], path: str
) -> None:
    known(site, path, people[0])
    for person, other in (people, people[::-1], people):
        page = ask(site, path, person.headers)
        assert ACCOUNT.findall(page.text) == [person.name]
        assert f'data-chain="{person.session["chain_id"]}"' in page.text
        assert other.name not in page.text
        token = re.findall(r'X-CSRFToken": "(\w{64})"', page.text)
        # With the other's secret it is no token.
        cookies = f"sessionid={person.session.session_key}; csrftoken={other.secret}"
        sent = {"Cookie": cookies, "Origin": site, "X-CSRFToken": token[0]}
        assert loopback.post(f"{site}/sign-out", headers=sent).status_code == 403


def test_the_token_of_a_filled_page_is_taken(site: str, people: list[Person]) -> None:
    token = re.findall(r'X-CSRFToken": "(\w{64})"', known(site, MODEL, people[0]).text)
    headers = {**people[0].headers, "Origin": site, "Accept": "application/json", "X-CSRFToken": token[0]}
    assert loopback.post(f"{site}/sign-out", headers=headers).status_code == 204
    is_short, page = took(site, MODEL, people[0].headers)  # signed out, and in this tab nothing was clicked
    assert not is_short
    assert people[0].name not in page.text


def test_many_at_once_on_few_lines_never_see_each_other(site: str, people: list[Person]) -> None:
    for path in PAGES:
        known(site, path, people[0])

    def visits(number: int) -> list[bool]:
        person, other = people[number % 2], people[1 - number % 2]
        with loopback.client(site, timeout=30) as line:
            pages = [line.get(PAGES[turn % 2], headers=person.headers).text for turn in range(8)]
            # The same line, another person: a proxy in front shares its lines among all.
            shared = [line.get(PAGES[turn % 2], headers=other.headers).text for turn in range(2)]
            mine, theirs = (
                all(ACCOUNT.findall(text) == [who.name] for text in texts)
                for who, texts in ((person, pages), (other, shared))
            )
            visitors = line.get(MODEL).text
        return [mine, theirs, not ACCOUNT.findall(visitors)]

    before = filled(site)
    with ThreadPoolExecutor(8) as crowd:
        assert all(all(seen) for seen in crowd.map(visits, range(8)))
    assert filled(site) > before


def end_the_session(person: Person) -> None:
    person.session.flush()


def close_the_account(person: Person) -> None:
    User.objects.filter(pk=person.user.pk).update(is_active=False)


def hide_the_row(person: Person) -> None:
    Session.objects.filter(pk=person.session.session_key).delete()


@pytest.mark.parametrize("end", [end_the_session, close_the_account, hide_the_row], ids=lambda end: end.__name__)
def test_an_end_of_the_session_is_the_end_of_their_page(
    site: str, people: list[Person], end: Callable[[Person], None]
) -> None:
    known(site, MODEL, people[0])
    headers = people[0].headers
    end(people[0])
    is_short, page = took(site, MODEL, headers)
    assert not is_short
    assert not ACCOUNT.findall(page.text)
    assert took(site, MODEL, people[1].headers)[0]


def test_what_an_ended_session_was_shown_is_not_shown_to_members(site: str, people: list[Person]) -> None:
    path = "/models/BAAI/bge-small-en-v1.5"  # which nobody else has asked for
    headers = people[0].headers
    end_the_session(people[0])
    for _ in range(2):
        is_short, page = took(site, path, headers)
        assert (is_short, ACCOUNT.findall(page.text)) == (False, [])
        assert ACCOUNT.findall(ask(site, path, people[1].headers).text) == [people[1].name]


def test_staff_and_others_have_pages_of_their_own(site: str, people: list[Person]) -> None:
    known(site, MODEL, people[0])
    User.objects.filter(pk=people[1].user.pk).update(is_staff=True)
    for _ in range(2):
        assert "/admin/" in ask(site, MODEL, people[1].headers).text
        assert "/admin/" not in ask(site, MODEL, people[0].headers).text


def test_what_has_changed_is_seen_at_once(site: str, people: list[Person]) -> None:
    known(site, MODEL, people[0])
    before = Listing.objects.get(name="BAAI/bge-m3").parameters
    Listing.objects.filter(name="BAAI/bge-m3").update(parameters=123_456_789)
    try:
        is_short, page = took(site, MODEL, people[0].headers)
        assert not is_short
        assert "123.5" in page.text
        assert "123.5" in known(site, MODEL, people[0]).text
    finally:
        Listing.objects.filter(name="BAAI/bge-m3").update(parameters=before)
    assert "123.5" not in ask(site, MODEL, people[0].headers).text


@pytest.mark.parametrize(
    "more",
    [
        {"Authorization": "Bearer x"},
        {"Range": "bytes=0-9"},
        {"HX-Request": "true"},
        {"If-Match": '"x"'},
        {"Cookie": "sessionid={key}"},
        {"Cookie": "sessionid={key}; csrftoken=short"},
        {"Cookie": "sessionid={key}; csrftoken=" + "é" * 16},
        {"Cookie": "sessionid={key}x; csrftoken=" + "a" * 32},
        {"Cookie": "theme=dark; sessionid={key}; csrftoken=" + "a" * 32, "Host": "localhost"},
    ],
    ids=repr,
)
def test_whatever_is_not_plain_takes_the_long_way(site: str, people: list[Person], more: dict[str, str]) -> None:
    known(site, MODEL, people[0])
    own = {name: value.replace("{key}", str(people[0].session.session_key)) for name, value in more.items()}
    is_short, page = took(site, MODEL, people[0].headers | own)
    assert not is_short
    assert page.status_code in {200, 412}


def test_a_search_is_counted_and_takes_the_long_way(site: str, people: list[Person]) -> None:
    for _ in range(3):
        assert not took(site, "/models?task=text-generation", people[0].headers)[0]


def test_who_has_the_page_is_told_so(site: str, people: list[Person]) -> None:
    known(site, MODEL, people[0])
    is_short, page = took(site, MODEL, people[0].headers | {"If-None-Match": "*"})
    assert (is_short, page.status_code, page.content) == (True, 304, b"")
    assert "content-length" not in page.headers
    is_short, page = took(site, MODEL, people[0].headers | {"If-None-Match": '"another"'})
    assert (is_short, page.status_code) == (True, 200)


def test_without_redis_and_with_a_database_that_hangs_up_they_stay_signed_in(
    home: Path, people: list[Person], django_db_blocker: DjangoDbBlocker
) -> None:
    with running(home, REDIS_URL="unix:///nowhere/redis.sock?db=0") as site:
        known(site, MODEL, people[0])
        with connection.cursor() as cursor:
            cursor.execute(
                "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
                "where datname = current_database() and pid <> pg_backend_pid()"
            )
        page = ask(site, MODEL, people[0].headers)
        assert ACCOUNT.findall(page.text) == [people[0].name]
        known(site, MODEL, people[0])


@pytest.mark.parametrize(
    ("status", "headers", "for_all"),
    [
        (200, [(b"vary", b"Accept-Encoding, Cookie, HX-Request")], True),
        (200, [(b"set-cookie", b" csrftoken=x; Path=/")], True),
        (200, [(b"set-cookie", b"csrftoken=x"), (b"set-cookie", b"sessionid=x")], False),
        (200, [(b"vary", b"Cookie"), (b"vary", b"Accept-Language")], False),
        (200, [(b"vary", b"*")], False),
        (404, [], False),
        (304, [], False),
    ],
)
def test_headers_tell_whether_an_answer_is_anybodys(status: int, headers: Headers, for_all: bool) -> None:
    assert is_for_all({"type": "http.response.start", "status": status, "headers": headers}) == for_all


@pytest.mark.parametrize(
    ("status", "headers", "for_visitors"),
    [
        (200, [(b"vary", b"Accept-Encoding, HX-Request")], True),
        (200, [(b"vary", b"Cookie")], False),
        (200, [(b"set-cookie", b"csrftoken=x; Path=/")], False),
        (301, [], False),
    ],
)
def test_headers_tell_whether_an_answer_is_any_visitors(status: int, headers: Headers, for_visitors: bool) -> None:
    assert is_for_visitors({"type": "http.response.start", "status": status, "headers": headers}) == for_visitors


def page_until(until: float) -> Known:
    """Return a page for visitors, without holes."""
    location = Location("http", "localhost", "/", "", UrlMatch("home"))
    kept = Kept(Template("kept"), {}, location, [Piece(b"kept")], [])
    return Known(kept, lambda _visitor: {}, False, None, "", b"", until, "home")


@pytest.mark.parametrize(("late", "shares"), [(1, True), (2 * GRACE, False)])
def test_while_one_has_a_page_made_anew_that_has_run_out_the_others_have_the_old_one(late: int, shares: bool) -> None:
    async def check() -> None:
        release, begun = asyncio.Event(), asyncio.Queue[str]()
        release.set()

        async def django(scope: Scope, receive: Receive, send: Send) -> None:
            await begun.put(scope["path"])
            await release.wait()
            scope["trace"].page = page_until(time.monotonic() - late)
            await replying(b"made")(scope, receive, send)

        workers = Threads(lambda _environ, _start: [], 1)
        gate = Gate(workers, 1, Limits())
        members = Members(django, gate, workers, lambda known, _cookies: known.filled(VISITOR), Limits())
        site = PageCache(members, Limits())

        def asked() -> asyncio.Task[Answer]:
            return asyncio.create_task(ask_by_hand(site, http(headers=[HOST, (b"authorization", b"x")])))

        for _ in range(2):  # what has run out is made anew
            assert ((await asked()).body, await begun.get()) == (b"made", "/")
        release.clear()
        leader = asked()
        await begun.get()
        follower = asked()
        await asyncio.wait({follower, asyncio.create_task(begun.get())}, return_when=asyncio.FIRST_COMPLETED)
        release.set()
        assert [(await each).body for each in (leader, follower)] == [b"made", b"kept" if shares else b"made"]

    asyncio.run(check())
