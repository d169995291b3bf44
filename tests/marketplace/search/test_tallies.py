"""Counts of facets in a catalogue that is larger than what is counted over: they are lower bounds, and say so."""

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from common.fragments import Lately
from marketplace.listings.models import Listing
from marketplace.search import presenters, tallies
from marketplace.search.facets import FACETS
from marketplace.search.search import Search
from marketplace.search.typed import parse_range

pytestmark = pytest.mark.django_db

BOUND = 50


@pytest.fixture
def bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count over fifty listings at most."""
    monkeypatch.setattr("marketplace.search.search.COUNT_LIMIT", BOUND)
    monkeypatch.setattr(presenters, "counts_lately", Lately[presenters.Counted](0))


def test_the_catalogue_that_is_shipped_is_counted_exactly() -> None:
    found = Search(chosen={facet.name: ["unknown"] for facet in FACETS}).tally()
    assert found.exact
    assert Search().tally().exact
    assert Listing.objects.count() < tallies.LEAST


def test_beyond_the_bound_counts_are_lower_bounds(bounded: None, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Search(chosen={"license": ["mit"]}).tally()
    assert found.cut == {facet.name for facet in FACETS}
    assert found.count == BOUND + 1
    assert found.facets["license"]["mit"] <= BOUND + 1
    assert sum(found.facets["size"].values()) == BOUND + 1
    monkeypatch.undo()
    exact = Search(chosen={"license": ["mit"]}).tally()
    for name, counts in found.facets.items():
        assert all(n <= exact.facets[name].get(value, n) for value, n in counts.items())


def test_only_what_is_cut_is_a_lower_bound(bounded: None) -> None:
    few = Search(chosen={"language": ["deu"], "license": ["gemma"]})
    assert few.count() <= BOUND
    found = few.tally()
    assert "size" not in found.cut
    assert "license" in found.cut  # German ones of any licence are more
    assert not found.exact


def test_pages_and_the_api_say_that_there_may_be_more(
    bounded: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marketplace.catalogue.views.COUNT_LIMIT", BOUND)
    page = client.get("/models?license=mit&view=grid").content.decode()
    assert re.search(r'class="count">[\d,]+\+</span>', page)
    assert "50+ models" in page
    assert "Browse 50+ models" in client.get("/").content.decode()
    assert "50+ models" in client.get("/models/timm").content.decode()
    assert client.get("/api/v1/facets?license=mit").json()["exact"] is False
    assert client.get("/api/v1/facets?q=bge-m3").json()["exact"] is True


@pytest.mark.parametrize(
    ("name", "text", "field"),
    [
        ("params", "100m..1b", "parameters"),
        ("params", "..1b", "parameters"),
        ("params", "1b..", "parameters"),
        ("context", "8k..", "max_tokens"),
        ("dims", "..512", "embedding_dim"),
        ("released", "2021..2022", "released"),
        ("released", "..2022", "released"),
    ],
)
def test_a_range_finds_what_lies_within_it(name: str, text: str, field: str) -> None:
    bounds = parse_range(text, released=name == "released")
    assert bounds is not None
    stated = {item.pk: getattr(item, field) for item in Listing.objects.all()}
    numbers = {
        pk: int(f"{value:%Y%m%d}") if name == "released" else value for pk, value in stated.items() if value is not None
    }
    low, high = bounds
    expected = {pk for pk, n in numbers.items() if (low is None or n >= int(low)) and (high is None or n <= int(high))}
    found = set(Search(ranges={name: bounds}).listings().values_list("pk", flat=True))
    assert found == expected
    assert found


def test_a_tally_is_one_query(bounded: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    search = Search(chosen={"license": ["mit"], "task": ["feature-extraction"]})
    with django_assert_num_queries(1):
        search.tally()
