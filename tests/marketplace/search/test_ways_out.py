"""Where nothing is found, what to let go of and how many there are then."""

import pytest
from django.test import Client

from marketplace.search.search import Search
from marketplace.search.ways_out import ways_out

pytestmark = pytest.mark.django_db


def test_each_thing_that_narrows_is_left_out_alone(client: Client) -> None:
    search = Search(q="korean retrieval", chosen={"license": ["mit"], "library": ["GGUF"]})
    assert search.count() == 0
    ways = ways_out(search)
    assert [way.label for way in ways] == ["GGUF"]
    assert Search(q="korean retrieval", chosen={"license": ["mit"]}).count() == ways[0].count
    assert "No model matches" not in client.get(ways[0].url).text


def test_the_empty_page_offers_them(client: Client) -> None:
    page = client.get("/models", {"q": "free chat"})
    assert "No model matches" in page.text
    assert "Without “free”" in page.text
    assert "/models?q=chat" in page.text
    assert "None is free to keep." in page.text
    assert "was searched as plain words" not in page.text


def test_a_page_with_models_offers_none(client: Client) -> None:
    assert "ways-out" not in client.get("/models", {"q": "reranker"}).text


def test_a_search_of_plain_words_has_nothing_to_let_go_of() -> None:
    assert ways_out(Search(q="qqzzqqzz")) == []
