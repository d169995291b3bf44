"""A list says once what its rows have in common, and says nothing that is not so."""

from __future__ import annotations

from typing import Any

import pytest

from common.templatetags.look import SPACE
from contracts.models import Chain
from marketplace.listings.models import Listing
from marketplace.listings.offers import Offer
from marketplace.listings.runtime import ListingRuntime, RuntimeState
from marketplace.onchain.models.listings import ListingState, OnchainListing, OnchainPlan, Plan
from marketplace.search.search import Search
from marketplace.search.sections import Section, are_facts_alone, sections_of
from marketplace.templatetags.catalogue import reads

KINDS = {"for-sale": "10", "reference": "2,883"}


def listing(name: str, *, sold: bool) -> Listing:
    """Make a listing that was not stored."""
    made = Listing(name=f"acme/{name}", task="text-generation")
    made.offer = None
    if sold:
        made.runtime = ListingRuntime(state=RuntimeState.READY)
        fold = OnchainListing(state=ListingState.LISTED)
        made.offer = Offer(Chain(), fold, [OnchainPlan(plan=Plan.LASTING, price=1)])
    return made


SOLD, FACTS, TRIED = listing("sold", sold=True), listing("facts", sold=False), listing("tried", sold=False)
TRIED.runtime = ListingRuntime(state=RuntimeState.READY)


def said(sections: list[Section]) -> list[tuple[str, int, str]]:
    return [(section.kind, len(section.listings), section.count) for section in sections]


@pytest.mark.parametrize("sort", ["", "running", "cheapest"])
def test_orders_that_part_the_kinds_have_headings_with_the_counts_of_the_whole(sort: str) -> None:
    found = sections_of(Search(sort=sort), [SOLD, FACTS, FACTS], KINDS)
    assert said(found) == [("for-sale", 1, "10"), ("reference", 2, "2,883")]
    assert [str(section.title) for section in found] == ["For sale", "Reference"]


def test_what_runs_and_is_not_sold_stands_between_the_two_under_its_own_name() -> None:
    found = sections_of(Search(), [SOLD, TRIED, FACTS], KINDS | {"free-to-try": "1"})
    assert said(found) == [("for-sale", 1, "10"), ("free-to-try", 1, "1"), ("reference", 1, "2,883")]
    assert str(found[1].title) == "Free to try"
    assert said(sections_of(Search(), [TRIED, SOLD], {})) == [("", 2, "")]


def test_a_list_is_of_facts_alone_where_nothing_in_all_of_it_runs() -> None:
    facts, mixed = sections_of(Search(), [FACTS], {}), sections_of(Search(), [SOLD, FACTS], {})
    assert are_facts_alone(Search(), facts, {}, is_whole=True)
    assert are_facts_alone(Search(), facts, {"reference": "92"}, is_whole=False)
    assert not are_facts_alone(Search(), facts, KINDS, is_whole=False)  # a page of it, behind one with what is sold
    assert not are_facts_alone(Search(), mixed, KINDS, is_whole=True)


def test_rows_that_follow_have_the_heading_without_a_count() -> None:
    assert said(sections_of(Search(), [FACTS], {})) == [("reference", 1, "")]


@pytest.mark.parametrize(
    ("search", "rows"),
    [
        (Search(sort="newest"), [SOLD, FACTS]),
        (Search(q="words"), [SOLD, FACTS]),
        (Search(), [FACTS, SOLD]),  # one has stopped or begun to run in between
    ],
)
def test_where_the_kinds_may_be_mixed_nothing_is_claimed(search: Search, rows: list[Any]) -> None:
    found = sections_of(search, rows, KINDS)
    assert said(found) == [("", 2, "")]
    assert not found[0].title


def test_a_page_that_is_the_whole_list_shows_by_itself_whether_they_are_parted() -> None:
    parted = sections_of(Search(q="words"), [SOLD, FACTS], KINDS, is_whole=True)
    assert said(parted) == [("for-sale", 1, "1"), ("reference", 1, "1")]
    assert said(sections_of(Search(q="words"), [FACTS, SOLD], KINDS, is_whole=True)) == [("", 2, "")]


def test_what_is_asked_for_alone_is_alone_in_every_order() -> None:
    search = Search(q="words", chosen={"availability": ["reference"]})
    assert said(sections_of(search, [FACTS], {"reference": "7"})) == [("reference", 1, "7")]


def test_where_all_that_is_found_is_of_one_kind_the_heading_says_so() -> None:
    assert said(sections_of(Search(sort="newest"), [FACTS], {"reference": "92"})) == [("reference", 1, "92")]
    assert said(sections_of(Search(sort="newest"), [FACTS], {"reference": "10,000+"})) == [("", 1, "")]
    assert said(sections_of(Search(sort="newest"), [FACTS], KINDS)) == [("", 1, "")]


LANGUAGES = [
    (["jpn", "eng", "kor"], {"kor"}, "Korean and 2 more"),
    (["eng", "kor"], {"kor"}, "Korean, English"),
    (["kor"], {"kor"}, "Korean only"),
    (["dan"], {"dan", "swe"}, "Danish"),
    (["jpn", "eng", "kor"], set(), f"English, Japanese{SPACE}+1"),
    (["jpn", "eng"], {"kor"}, "English, Japanese"),
    ([], {"kor"}, "Text"),
]


@pytest.mark.parametrize(("languages", "asked", "said"), LANGUAGES)
def test_a_language_that_is_asked_for_comes_first(languages: list[str], asked: set[str], said: str) -> None:
    assert reads(Listing(languages=languages, modalities=["text"]), asked) == said


def test_no_rows_have_no_sections() -> None:
    assert sections_of(Search(), [], KINDS) == []
