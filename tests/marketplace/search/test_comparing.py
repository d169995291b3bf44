"""Models side by side: what differs, what is best, what folds, and the same as a file."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from io import StringIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contracts.models import AcceptedToken
from marketplace.listings.models import Listing
from marketplace.listings.performance import Performance
from marketplace.listings.runtime import ENOUGH, ListingRuntime, RuntimeState
from marketplace.onchain.models.listings import OnchainPlan, Plan
from marketplace.search.comparing import MOST, Comparison, Row, compared, comparison_of
from marketplace.search.search import Search
from tests.factories.marketplace import listing as make_listing
from tests.factories.marketplace import listings, record
from tests.marketplace.listings.test_offers import chain, sell

pytestmark = pytest.mark.django_db

MILLI = 10**15
NAMES = ["acme/a", "acme/b", "acme/c"]


@pytest.fixture
def trio() -> list[Listing]:
    """Three that run; the first two are for sale, one for good, one by the month."""
    made = listings(
        record("acme/a", license="mit", parameters=10, max_tokens=512),
        record("acme/b", license="mit", parameters=10, max_tokens=8192),
        record("acme/c", license="apache-2.0", parameters=10, max_tokens=8192),
    )
    where = chain()
    for number, (each, p50) in enumerate(zip(made, (120, 90, 120), strict=True)):
        ListingRuntime.objects.create(
            listing=each,
            state=RuntimeState.READY,
            state_since=timezone.now(),
            checked_at=timezone.now(),
            first_token_p50_ms=p50,
            measured=ENOUGH,
        )
        if number < 2:
            sell(each, where, number, price=(20 + number) * MILLI)
    OnchainPlan.objects.filter(price=21 * MILLI).update(plan=Plan.SUBSCRIPTION, price=3 * MILLI, period=30 * 86_400)
    return compared(NAMES)


def test_thirty_days_of_performance_are_a_row_and_the_highest_is_best(trio: list[Listing]) -> None:
    measured = ((trio[0], "2", 873, 0), (trio[1], "1", 640, 0), (trio[0], "1", 990, 9))
    for each, version, rating, age in measured:
        at = timezone.now() - timedelta(days=age)
        counts = dict.fromkeys(("asked", "answered", "calls", "succeeded", "measured", "written"), 0)
        placed = {"listing": each, "version": version, "engine": "e", "since": at, "until": at, "last_at": at}
        Performance.objects.create(**placed, **counts, rating=rating, formula=1)
    comparison = comparison_of(compared(NAMES))
    shown = row(comparison, "Performance, over 30 days")
    assert [cell.text for cell in shown.cells] == ["87.3 of 100", "64.0 of 100", "–"]
    assert best(comparison, shown.title) == [0]


def test_the_fastest_come_first_and_everything_once(trio: list[Listing]) -> None:
    ListingRuntime.objects.filter(listing=trio[2]).update(state=RuntimeState.DOWN, first_token_p50_ms=1)
    ListingRuntime.objects.filter(listing=trio[0]).update(measured=ENOUGH)
    few = make_listing("acme/few")
    answers = {"state": RuntimeState.READY, "state_since": timezone.now(), "checked_at": timezone.now()}
    ListingRuntime.objects.create(listing=few, **answers, first_token_p50_ms=2, measured=ENOUGH - 1)
    found: list[str] = []
    cursor = ""
    while True:
        page = Search(sort="fastest").page(limit=1 if not found else 1_000, cursor=cursor)
        found += [each.name for each in page.items]
        if not (cursor := page.next):
            break
    assert found[:3] == ["acme/b", "acme/a", "acme/few"]
    assert len(found) == len(set(found)) == Listing.objects.visible().count()


def row(comparison: Comparison, title: str) -> Row:
    return next(each for each in comparison.rows if each.title == title)


def best(comparison: Comparison, title: str) -> list[int]:
    return [place for place, cell in enumerate(row(comparison, title).cells) if cell.best]


def test_rows_that_differ_are_told_from_those_that_do_not(trio: list[Listing]) -> None:
    made = comparison_of(trio)
    assert [cell.same for cell in row(made, "Licence").cells] == [False, True, False]
    assert row(made, "Licence").differs
    assert {"Task", "Parameters"} <= {each.title for each in made.equal}
    assert row(made, "Parameters").shared == "Parameters: 10"
    assert made.differs + len(made.equal) + len(made.of_one) == len(made.rows)
    assert all(each.differs for group in made.differing for each in group.rows)


def test_what_one_of_them_does_not_say_is_no_difference(trio: list[Listing]) -> None:
    Listing.objects.filter(name="acme/c").update(max_tokens=None, embedding_dim=768)
    made = comparison_of(compared(NAMES))
    assert row(made, "Context in tokens").differs
    assert not row(made, "Dimensions").differs
    assert row(made, "Dimensions") in made.of_one
    assert row(made, "Refund") in made.equal  # the two that are sold say the same
    assert row(made, "Refund").shared == "Refund: within 0 days"
    assert made.folded[1].named.startswith("Lasting access: 0.02 ETH · Per 30 days: 0.003 ETH · Dimensions: 768")


def test_best_is_named_only_where_it_is_plain_and_alone(trio: list[Listing]) -> None:
    made = comparison_of(trio)
    assert best(made, "First token, median") == [1]
    assert best(made, "Context in tokens") == []  # two are equal
    assert best(made, "Licence") == []
    ListingRuntime.objects.update(measured=ENOUGH - 1)
    assert best(comparison_of(compared(NAMES)), "First token, median") == []  # too few to tell
    ListingRuntime.objects.update(measured=ENOUGH)
    ListingRuntime.objects.exclude(listing__name="acme/b").update(first_token_p50_ms=None)
    assert best(comparison_of(compared(NAMES)), "First token, median") == []  # nothing to be better than


def test_a_year_is_paid_once_or_in_twelve_periods(trio: list[Listing]) -> None:
    made = comparison_of(trio)
    assert [cell.text for cell in row(made, "Price for a year").cells] == [
        "0.02 ETH, once",
        "0.036 ETH, 12\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}0.003",
        "–",
    ]
    assert best(made, "Price for a year") == [0]
    assert [cell.text for cell in row(made, "Per 30 days").cells] == ["–", "0.003 ETH", "–"]
    free = "0x" + "11" * 20
    AcceptedToken.objects.create(chain_id=31337, address=free, accepted=True, weight=1, block_number=1)
    OnchainPlan.objects.filter(plan=Plan.SUBSCRIPTION).update(token=free)
    assert best(comparison_of(compared(NAMES)), "Price for a year") == []  # two currencies have no order


def test_the_page_shows_differences_and_folds_the_rest(trio: list[Listing], client: Client) -> None:
    page = client.get("/compare", {"m": NAMES}).content.decode()
    made = comparison_of(trio).below_head
    assert {"First token, median", "Lasting access"} & {each.title for each in made.rows} == set()  # the head says them
    assert f"Differences {made.differs}" in page
    assert f"All {len(made.rows)}" in page
    assert f"{len(made.equal)} rows are the same" in page
    assert '<th scope="row"><span>Parameters' not in page
    everything = client.get("/compare", {"m": NAMES, "all": "1"}).content.decode()
    assert '<th scope="row"><span>Parameters' in everything
    assert "rows are the same" not in everything
    assert 'href="/compare?m=acme%2Fb&amp;m=acme%2Fc&amp;all=1"' in everything  # taking one out keeps the choice


def test_only_the_first_model_has_the_lit_button(trio: list[Listing], client: Client) -> None:
    page = client.get("/compare", {"m": NAMES}).content.decode()
    assert re.findall(r'<a class="btn( act)? wide" href="([^"]+)"', page) == [
        (" act", "/models/acme/a#buy"),
        ("", "/models/acme/b#buy"),
        ("", "/models/acme/c"),
    ]


def test_one_that_does_another_task_is_named(trio: list[Listing], client: Client) -> None:
    said = "does another task (Re-ranking)"
    assert said not in client.get("/compare", {"m": NAMES}).content.decode()
    Listing.objects.filter(name="acme/b").update(task="text-ranking")
    assert f"<b>b</b> {said}" in " ".join(client.get("/compare", {"m": NAMES}).content.decode().split())
    Listing.objects.filter(name="acme/c").update(task="summarization")
    assert said not in client.get("/compare", {"m": NAMES}).content.decode()


def test_one_model_is_shown_whole_and_asks_for_another(trio: list[Listing], client: Client) -> None:
    page = client.get("/compare", {"m": "acme/a"}).content.decode()
    assert "Differences" not in page
    assert 'class="best"' not in page
    assert f"{MOST - 1} more fit" in page
    assert '<th scope="row"><span>Licence' in page


def test_what_was_mistyped_is_offered_as_it_is_called(client: Client) -> None:
    page = client.get("/compare", {"m": ["openai/whisper-tiny", "bge m3"]}).content.decode()
    assert 'href="/compare?m=openai%2Fwhisper-tiny&amp;m=BAAI%2Fbge-m3"' in page
    assert '<option value="BAAI/bge-m3">' in client.get("/compare/names", {"m": "bge-m"}).content.decode()
    assert "<option" not in client.get("/compare/names", {"m": "license:mit"}).content.decode()


def test_a_comparison_leaves_as_a_sheet_or_as_text(trio: list[Listing], client: Client) -> None:
    sheet = client.get("/compare.csv", {"m": NAMES})
    assert sheet["Content-Disposition"] == 'attachment; filename="comparison.csv"'
    head, *rows = csv.reader(StringIO(sheet.content.decode()))
    assert head == ["Fact", *NAMES]
    assert ["Licence", "MIT", "MIT", "Apache-2.0"] in [[each[0], *(cell[:10] for cell in each[1:])] for each in rows]
    Listing.objects.filter(name="acme/a").update(adapted_from='=HYPERLINK("x")|`b`')
    assert '\'=HYPERLINK(""x"")' in client.get("/compare.csv", {"m": NAMES}).content.decode()
    text = client.get("/compare.md", {"m": NAMES}).content.decode()
    assert text.splitlines()[:2] == ["| Fact | acme/a | acme/b | acme/c |", "| --- | --- | --- | --- |"]
    assert r'=HYPERLINK("x")\|\`b\`' in text
    assert {line.count(" | ") for line in text.splitlines()} == {3}


def test_five_models_cost_no_more_queries_than_two(trio: list[Listing], client: Client) -> None:
    asked = []
    for names in (NAMES[:2], [*NAMES, "BAAI/bge-m3", "openai/whisper-tiny"]):
        with CaptureQueriesContext(connection) as queries:
            client.get("/compare", {"m": names})
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 8
