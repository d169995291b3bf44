"""Traces: what a page was made of is noted whole, or the page is said to have none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.db import Error, connection, transaction
from django.test import RequestFactory

from accounts.backends import WalletBackend
from common.fragments import Lately
from common.ratelimit import RateLimitMiddleware
from common.session_store import SessionStore
from common.statements import Given, Statement, cells_at_once, ready, together
from common.traces import Trace, aside, running, traced
from marketplace.listings.models import Listing
from tests.factories.marketplace import listing

pytestmark = pytest.mark.django_db

NAMED = ("acme/one", "acme/two")


def named() -> Statement[Listing]:
    return Statement(Listing.objects.only("name", "license").filter(name=Given("name")))


def traced_as(make: Callable[[], object]) -> Trace:
    trace = Trace()
    with traced(trace):
        make()
    assert running() is None
    return trace


def test_what_was_asked_gives_the_same_until_something_changes() -> None:
    for name in NAMED:
        listing(name)
    one, two = named(), named()

    def page() -> None:
        two.read(name=one.find(name=NAMED[0])[0].name)
        together(one.asked(name=NAMED[1]), two.asked(name="acme/%s '")), one.find(name="acme/none")

    trace = traced_as(page)
    assert trace.is_whole
    assert [cells and cells[1] for cells in trace.cells] == [b"acme/one", b"acme/one", b"acme/two", [], []]
    assert cells_at_once(ready(trace.sql)) == trace.cells
    Listing.objects.filter(name=NAMED[1]).update(license="mit")
    assert cells_at_once(ready(trace.sql)) != trace.cells


@pytest.mark.parametrize("sql", ["select 1;\n\nselect 1/0", "select 1; set timezone to 'utc'", "nothing"])
def test_what_cannot_be_asked_again_is_an_error_and_no_answer(sql: str) -> None:
    with pytest.raises(Error), transaction.atomic():
        cells_at_once(sql)
    assert cells_at_once("select 1, null, 'a'") == [[b"1", None, b"a"]]


def look_at_a_user() -> None:
    WalletBackend().get_user(1)


def look_at_a_session() -> None:
    SessionStore("x" * 32).load()


def be_counted() -> None:
    RateLimitMiddleware(lambda request: None)(RequestFactory().get("/models?q=a"))  # type: ignore[arg-type, return-value]


@pytest.mark.parametrize(
    "made_of",
    [
        lambda: Listing.objects.first(),
        lambda: connection.cursor().execute("select 1"),
        lambda: cache.get("anything"),
        look_at_a_user,
        look_at_a_session,
        be_counted,
    ],
    ids=["a query set", "SQL", "a value of Redis", "a user", "a session", "a search that counts"],
)
def test_a_page_that_is_made_of_anything_else_has_no_whole_trace(made_of: Callable[[], object]) -> None:
    def page() -> None:
        named().find(name="acme/one")
        made_of()

    assert traced_as(lambda: named().find(name="acme/one")).is_whole
    assert not traced_as(page).is_whole


def test_what_is_asked_aside_belongs_to_no_page() -> None:
    def page() -> None:
        with aside():
            Listing.objects.first()
            look_at_a_user()
            named().find(name="acme/one")

    trace = traced_as(page)
    assert (trace.is_whole, trace.sql) == (True, [])


def test_what_is_good_for_a_time_bounds_the_trace_whatever_it_asks() -> None:
    lately, longer = Lately[object](60), Lately[object](600)
    first = traced_as(lambda: lately.get("a", Listing.objects.count))
    second = traced_as(lambda: (longer.get("a", int), lately.get("a", int)))
    assert first.is_whole
    assert first.until == second.until
    assert traced_as(lambda: None).until > first.until
