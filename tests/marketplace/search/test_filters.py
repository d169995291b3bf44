"""What a search can be narrowed by, as the page offers it: grouped by what people want, and only where it decides."""

from __future__ import annotations

from decimal import Decimal

import pytest

from marketplace.listings.models import Listing
from marketplace.listings.taxonomy import LICENCES_BY_RIGHT, RIGHTS, USES, licence_label, task_label
from marketplace.search.facets import BARS, EDGES, FACETS, magnitude_label
from marketplace.search.filters import NOTE, FacetView, Histogram, facet_views, histogram_of, range_views
from marketplace.search.search import Search
from marketplace.search.understood_chips import understood_chips
from tests.factories.marketplace import empty_catalogue, listings, record

pytestmark = pytest.mark.django_db


def views(search: Search) -> dict[str, FacetView]:
    return {view.facet.name: view for view in facet_views(search, search.tally())}


def values(view: FacetView) -> list[str]:
    return [choice.value for choice in view.shown]


def test_tasks_stand_by_use_and_count_what_choosing_one_finds() -> None:
    task = views(Search())["task"]
    assert {"Chat and writing", "Embeddings and search", "Images"} <= {choice.label for choice in task.shown}
    for choice in task.shown:
        assert Search(chosen={"task": [choice.value]}).count() == choice.count, choice.value


def test_licences_stand_by_what_they_let_one_do_and_every_listing_is_in_one() -> None:
    licence = views(Search())["license"]
    assert values(licence) == [*RIGHTS, "unknown"]
    assert sum(choice.count for choice in licence.shown) == Listing.objects.count()
    for choice in licence.shown:
        assert Search(chosen={"license": [choice.value]}).count() == choice.count, choice.value


def test_a_use_with_one_task_is_asked_for_by_its_task() -> None:
    task = views(Search())["task"]
    (ranking,) = [choice for choice in task.shown if choice.label == "Re-ranking"]
    assert ranking.value == "text-ranking"


def test_the_notes_below_uses_and_rights_fit_one_line_and_do_not_repeat_them() -> None:
    found = views(Search())
    notes = {choice.label: choice.note for view in (found["task"], found["license"]) for choice in view.shown}
    assert all(len(note) <= NOTE for note in notes.values())
    assert notes["Re-ranking"] == ""
    assert notes["Images"].startswith("image labels")
    assert notes["Commercial use"].startswith("Apache-2.0, MIT")
    assert not any(choice.note for choice in views(Search(q="korean reranker"))["task"].shown)


def test_a_single_value_that_is_chosen_stays_in_sight_below_its_group() -> None:
    licence = views(Search(chosen={"license": ["mit", "apache-2.0"]}))["license"]
    assert [choice.value for choice in licence.shown if choice.checked] == ["mit", "apache-2.0"]
    assert not {"mit", "apache-2.0"} & {choice.value for choice in licence.more}


def test_groups_that_nothing_matches_are_named_in_one_line() -> None:
    task = views(Search(q="lang:jpn"))["task"]
    assert "Chat and writing" in task.none
    assert not {"writing", "text-generation"} & set(values(task))


def test_a_facet_in_which_all_are_alike_is_not_shown() -> None:
    empty_catalogue()
    listings(record("acme/one", license="mit"), record("acme/two", license="mit"))
    assert "task" not in views(Search())
    assert "task" in views(Search(chosen={"task": ["feature-extraction"]}))
    assert {"availability", "price", "chain", "runnable", "size", "magnitude"}.isdisjoint(views(Search()))


@pytest.mark.parametrize("facet", [facet.name for facet in FACETS])
def test_whatever_is_chosen_by_an_address_can_be_taken_back(facet: str) -> None:
    found = views(Search(chosen={facet: ["unknown"]}))
    assert any(choice.checked for choice in found[facet].shown)


def test_uses_and_rights_are_named_apart_from_all_tasks_and_licences() -> None:
    tasks = [task for use in USES.values() for task in use.tasks]
    assert len(tasks) == len(set(tasks))
    assert not set(USES) & set(tasks)
    assert not set(RIGHTS) & {key for keys in LICENCES_BY_RIGHT.values() for key in keys}
    assert [task_label("images"), licence_label("sell")] == ["Images", "Commercial use"]


def histogram(search: Search) -> Histogram:
    found = histogram_of(search, search.tally().facets["magnitude"])
    assert found is not None
    return found


def test_every_bar_of_the_histogram_counts_what_its_bounds_find() -> None:
    counts = Search().tally().facets["magnitude"]
    assert sum(counts.values()) == Listing.objects.count()
    for place in range(BARS):
        low, high = ("" if not place else EDGES[place - 1]), ("" if place == len(EDGES) else EDGES[place] - 1)
        search = Search.asked(f"params:{low}..{high}", "", lambda _: [])
        assert search.count() == counts.get(str(place), 0), magnitude_label(str(place))


def test_its_thumbs_stand_at_the_edges_around_what_was_typed() -> None:
    none = histogram(Search())
    assert (none.low, none.high, none.last) == (0, BARS, BARS)
    edges = none.edges.split(",")
    assert (len(edges), edges[0], edges[1], edges[-2], edges[-1]) == (BARS + 1, "", "1m", "1t", "")
    some = histogram(Search(q="params:20m..1b"))
    assert (edges[some.low], edges[some.high]) == ("20m", "1b")
    between = histogram(Search(q="params:30m..700m"))
    assert (edges[between.low], edges[between.high]) == ("20m", "1b")


@pytest.mark.parametrize("q", ["params:..1b", "under 1b"])
def test_its_bars_show_what_lies_outside_of_the_range_as_well(q: str) -> None:
    search, whole = Search(q=q), Search()
    assert 0 < search.count() < whole.count()
    assert search.tally().facets["magnitude"] == whole.tally().facets["magnitude"]
    assert histogram(search).edges.split(",")[histogram(search).high] == "1b"


def test_a_range_that_is_asked_for_in_words_stands_in_its_empty_fields() -> None:
    size, context, _released, _dims = range_views(Search(q="under 1b"))
    assert (size.low, size.high, size.low_hint, size.high_hint, size.is_heard) == ("", "", "any", "1b", True)
    assert (context.low_hint, context.high_hint, context.is_heard) == ("8k", "any", False)
    assert [view.low_hint for view in range_views(Search(q="released after 2024"))][2] == "2025-01-01"


def test_bounds_are_written_as_somebody_would_type_them() -> None:
    size, context, released, _dims = range_views(Search(q="params:20m..1b context:>=8192 released:2024"))
    assert (size.low, size.high, context.low, context.high) == ("20m", "1b", "8192", "")
    assert (released.low, released.high) == ("2024-01-01", "2024-12-31")


def test_a_range_that_is_chosen_outdoes_the_words() -> None:
    search = Search(q="embeddings under 100m", ranges={"params": (None, Decimal(10**9))})
    assert (
        search.count()
        == Search(q="embeddings", ranges=search.ranges).count()
        > Search(q="embeddings under 100m").count()
    )
    assert [chip.phrase for chip in understood_chips(search)] == ["embeddings"]


def test_values_that_are_asked_for_in_words_are_ticked_and_taken_back_there() -> None:
    found = views(Search(q="japanese text embedding"))
    language, task = found["language"], found["task"]
    first = language.shown[0]
    assert (first.value, first.checked, first.typed) == ("jpn", True, True)
    assert [choice.value for choice in task.shown if choice.checked]
    assert task.none == []


def test_without_sizes_there_is_no_histogram() -> None:
    empty_catalogue()
    assert histogram_of(Search(), Search().tally().facets["magnitude"]) is None


@pytest.mark.parametrize("value", ["20", "-1", "x", "999", "\u00b2", "unknown2"])
def test_a_bar_that_does_not_exist_finds_nothing(value: str) -> None:
    assert Search(chosen={"magnitude": [value]}).count() == 0
    assert magnitude_label(value)
