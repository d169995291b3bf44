"""Relevance: what words stand for, how words and meaning are put together, and that a stored walk is exact."""

import socket
import time

import pytest
from django.core.cache import cache

from common.pages import CursorError
from marketplace.listings.models import Listing
from marketplace.search.candidates import rank
from marketplace.search.meaning import LATE, Meaning, document_of
from marketplace.search.results import ResultExpiredError, cursor_after
from marketplace.search.search import Search
from marketplace.search.vocabulary import read_terms
from tests.factories.marketplace import listing, listings, record
from tests.factories.vectors import give_vector, towards

pytestmark = pytest.mark.django_db


def names(search: Search, limit: int = 10) -> list[str]:
    return [found.name for found in search.page(limit=limit).items]


def test_a_rare_word_tells_more_than_a_common_one() -> None:
    listing("acme/zyxwv", languages=["deu"])
    assert names(Search(q="zyxwv embeddings"))[0] == "acme/zyxwv"


def test_a_word_of_a_phrase_alone_is_not_the_phrase() -> None:
    """PostgreSQL's ts_rank scores "transformer" for 'without a transformer'."""
    found = Search(q="embeddings without a transformer").page(limit=5).items
    static = ("static", "model2vec", "m2v", "potion")
    assert all(any(word in item.name.lower() for word in static) for item in found[:3])


def test_a_model_made_for_one_language_stands_before_one_for_hundreds() -> None:
    found = Search(q="danish embeddings").page(limit=10).items
    assert min(len(item.languages) for item in found[:3]) <= 2
    assert all("dan" in item.languages for item in found)


def test_meaning_finds_what_has_none_of_the_words_and_words_are_not_lost() -> None:
    near, far = listing("acme/alpha"), listing("acme/omega")
    give_vector(near, towards(0, 0.9))
    give_vector(far, towards(100))
    search = Search(q="unheardof")
    search.__dict__["meaning"] = Meaning(towards(0))
    assert names(search)[0] == "acme/alpha"
    assert "acme/omega" not in names(search)
    assert search.result.mode == "both"
    named = Search(q="omega")
    named.__dict__["meaning"] = Meaning(towards(0))
    assert names(named)[:2] == ["acme/omega", "acme/alpha"]


def test_filters_hold_for_what_is_found_by_meaning() -> None:
    nearer = listings(*(record(f"acme/mit-{number}", license="mit") for number in range(150)))
    for number, each in enumerate(nearer):
        give_vector(each, towards(0, 1 - number / 10_000))
    other = listing("acme/other", license="bsd-3-clause")
    give_vector(other, towards(0, 0.7))
    search = Search(q="unheardof license:bsd-3-clause")
    search.__dict__["meaning"] = Meaning(towards(0))
    assert names(search) == ["acme/other"]


def test_without_an_engine_words_alone_are_compared_and_it_is_said() -> None:
    search = Search(q="german embeddings")
    assert names(search)
    assert search.result.mode == "words"
    assert "match words only" in search.result.why_not


def test_a_search_never_waits_long_for_an_engine_that_is_silent(settings: pytest.FixtureRequest) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        engines = settings.ENGINES  # type: ignore[attr-defined]
        settings.ENGINES = {**engines, "minilm": {**engines["minilm"], "url": url}}  # type: ignore[attr-defined]
        started = time.monotonic()
        meaning = Search(q="a question that nobody asked before").meaning
        assert meaning.vector is None
        assert meaning.why_not
        assert time.monotonic() - started < LATE / 2  # the engine would be waited for until LATE


def test_a_walk_through_a_stored_result_is_exact_whatever_happens_meanwhile() -> None:
    search = Search(q="german embeddings")
    whole = list(search.result.ids)
    walked, cursor = [], ""
    for step in range(1000):
        page = Search(q="german embeddings").page(limit=7, cursor=cursor)
        walked += [item.pk for item in page.items]
        cursor = page.next
        if step == 2:
            listing("acme/german-embeddings", languages=["deu"])
        if not cursor:
            break
    assert walked == whole
    assert len(set(walked)) == len(walked)
    assert set(search.listings().exclude(name="acme/german-embeddings").values_list("pk", flat=True)) <= set(walked)


def test_a_result_ends_at_a_thousand_and_other_orders_do_not() -> None:
    assert len(Search(q="image").result.ids) == 1000
    assert Search(q="image").count() > 1000


def test_a_stored_result_that_is_gone_is_said_to_be_gone() -> None:
    search = Search(q="german embeddings")
    cursor = search.page(limit=5).next
    cache.clear()
    with pytest.raises(ResultExpiredError):
        search.page(limit=5, cursor=cursor)
    with pytest.raises(CursorError):
        search.page(limit=5, cursor="W10")
    assert cursor_after(search.result, 5) == cursor


def test_ranking_is_one_query(django_assert_num_queries: object) -> None:
    reading = read_terms(["german", "embeddings"])
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert rank(reading, "german embeddings", towards(3), None).hits


def test_a_document_says_what_is_known_in_words() -> None:
    text = document_of(Listing.objects.get(name="deepvk/USER-bge-m3"))
    assert text.startswith("USER bge m3 by deepvk: Embeddings. turns text into vectors")
    assert "Languages: Russian" in text
