"""Where nothing is found, what to let go of and how many there are then."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from marketplace.search.search import Search
from marketplace.search.ways_out import to_try, ways_out
from tests.marketplace.catalogue.test_figures import runs
from tests.marketplace.catalogue.test_views import queries
from tests.marketplace.listings.test_offers import chain, sell

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
    ways = ways_out(Search(q="free chat"))
    assert f"{ways[0].count} models match without “free”." in page.text
    assert f"Show {ways[0].count} models" in page.text
    assert "/models?q=chat" in page.text
    assert "was searched as plain words" not in page.text
    shown = page.text.count('class="ask-why"'), page.text.count('class="gauge tick"')
    assert shown == (0, min(ways[0].count, 12))
    assert "Without “free”" in page.text


def test_what_nothing_is_all_of_is_shown_as_it_was_understood(client: Client) -> None:
    page = client.get("/models", {"q": "free japanese reranker"})
    for chip in ("<i>Price:</i> Free to try", "<i>Language:</i> Japanese", "<i>Task:</i> Re-ranking"):
        assert chip in page.text


def test_of_several_things_each_is_named(client: Client) -> None:
    page = client.get("/models", {"q": "german reranker", "library": "timm"})
    ways = ways_out(Search(q="german reranker", chosen={"library": ["timm"]}))
    said = "Leave one thing out:" if len(ways) > 1 else f"match without {ways[0].label}."
    assert said in page.text


def test_what_is_sold_and_can_be_tried_is_named_below_what_is_free(client: Client) -> None:
    free, sold = (runs(name) for name in ("acme/free-chat", "acme/sold-chat"))
    sell(sold, chain(), 1)
    search = Search(q="free chat", chosen={"license": ["unknown"]})
    assert [each.pk for each in search.page(limit=5).items] == [free.pk]
    way = to_try(search)
    assert way is not None
    assert way.count == 1
    assert way.url == "/models?q=chat&license=unknown&availability=for-sale"
    assert to_try(Search(q="chat", chosen={"price": ["free"]})) is not None
    page = client.get("/models", {"q": "free chat"}).text
    assert "Free to try before buying" in page
    assert "1 for sale<span" in page
    assert page.index("acme/free-chat") < page.index("Free to try before buying") < page.index("/models/acme/sold-chat")
    assert "more can be tried free" not in page  # all of them are shown
    assert "As a grid" not in page  # of two rows


def test_nothing_is_offered_to_try_where_nothing_is_asked_for_free_or_sold(client: Client) -> None:
    assert to_try(Search(q="chat")) is None
    assert to_try(Search(q="free chat")) is None
    assert "before buying" not in client.get("/models", {"q": "free chat"}).text


def test_a_page_with_models_offers_none(client: Client) -> None:
    assert "ways-out" not in client.get("/models", {"q": "reranker"}).text


def test_a_search_of_plain_words_has_nothing_to_let_go_of() -> None:
    assert ways_out(Search(q="qqzzqqzz")) == []


def test_the_rows_of_another_search_cost_few_queries(client: Client) -> None:
    _free, sold = (runs(name) for name in ("acme/free-chat", "acme/sold-chat"))
    sell(sold, chain(), 1)
    assert queries(client, "/models?q=free+chat") <= 9
    assert queries(client, "/models?q=free") <= 8
    way = ways_out(Search(q="free japanese reranker"))[0]
    with CaptureQueriesContext(connection) as made:
        assert way.with_rows().rows is not None
    assert len(made) <= 4
