"""Why a listing stands where it stands, or does not appear."""

import pytest

from marketplace.listings.models import Listing
from marketplace.search.explaining import explain
from marketplace.search.search import Search
from tests.factories.marketplace import listing

pytestmark = pytest.mark.django_db


def test_a_place_is_told_with_its_parts_and_an_absence_with_its_reasons() -> None:
    found = Listing.objects.get(name="BAAI/bge-m3")
    there = explain(Search(q="bge m3"), found)
    assert there.place == 1
    assert [part.title for part in there.parts][:2] == ["The word “bge”", "The word “m3”"]
    assert explain(Search(q="bge m3 license:apache-2.0 params:<100m"), found).refused_by == ["Licence", "Parameters"]
    bare = listing("acme/bare")
    absent = explain(Search(q="unheardof"), bare)
    assert (absent.place, absent.summary) == (0, "It does not appear in this search.")
    assert any("licence" in sentence for sentence in absent.help)
