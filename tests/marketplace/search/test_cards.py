"""What sellers write in cards is found: below names, facts and summaries, and without drowning those."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from marketplace.listings.card_words import MOST_CARD, words_of_card
from marketplace.listings.models import Listing
from marketplace.search.search import Search
from marketplace.search.vocabulary import count_words
from tests.factories.marketplace import listing

pytestmark = pytest.mark.django_db

CARD = """
# Paragraphenreiter

It **summarises legal contracts in German**: who owes what, until when, and what ends it.

It was never shown medical reports, and fails on handwriting.
"""


def carded(name: str, card: str, **facts: Any) -> Listing:
    """A listing with a card, whose words are counted."""
    made = listing(name, **facts)
    Listing.objects.filter(pk=made.pk).update(card_words=words_of_card(card))
    count_words()
    return made


def names(query: str, limit: int = 10) -> list[str]:
    return [found.name for found in Search(q=query).page(limit=limit).items]


def test_the_model_whose_card_says_so_is_found_first() -> None:
    carded("acme/one", CARD, task="summarization", languages=["deu"])
    carded("acme/two", "It summarises the news of the day in German.", task="summarization", languages=["deu"])
    assert names("summarises legal contracts in German")[0] == "acme/one"


def test_it_is_found_where_its_facts_say_nothing_of_it() -> None:
    carded("acme/one", CARD, task="text-generation", languages=[])
    assert "acme/one" in names("summarises legal contracts in German", 5)
    assert names("paragraphenreiter") == ["acme/one"]


def test_other_forms_of_a_word_and_slips_find_it_too() -> None:
    carded("acme/one", "It sorts beetles of the Sauerland by their antennae.", task="image-classification")
    for query in ("beetle antenna", "Sauerland", "sauerlnad"):
        assert "acme/one" in names(query), query


@pytest.mark.parametrize(
    ("where", "values"),
    [
        ("its name", {"name": "acme/quokka", "card": ""}),
        ("its facts", {"name": "acme/two", "card": "", "training_datasets": ["quokka"]}),
        ("its summary", {"name": "acme/two", "card": "", "summary": "Counts quokka."}),
    ],
)
def test_a_card_counts_less(where: str, values: dict[str, Any]) -> None:
    carded("acme/card", "Quokka! It may know quokka, and nothing else but quokka.")
    said = dict(values)
    carded(said.pop("name"), said.pop("card"), **said)
    assert names("quokka")[0] == values["name"], where


def test_a_long_card_takes_nothing_from_what_its_facts_say() -> None:
    plain = listing("acme/plain", task="summarization", training_datasets=["zeitungsarchiv"])
    long = carded("acme/long", "word " * 5_000, task="summarization", training_datasets=["zeitungsarchiv"])
    count_words()
    scores = {hit: Search(q="zeitungsarchiv") for hit in (plain.pk, long.pk)}
    assert scores
    assert set(names("zeitungsarchiv")) == {"acme/plain", "acme/long"}


def test_repeating_a_word_in_a_card_gains_little() -> None:
    carded("acme/honest", "It tells numbats from quolls in pictures taken at night.")
    carded("acme/stuffed", "numbat " * 1_000)
    vector = dict(Listing.objects.filter(name__startswith="acme/").values_list("name", "search_vector"))
    assert len(vector["acme/stuffed"]) < 4_000
    carded("acme/named-numbat", "")
    assert names("numbat")[0] == "acme/named-numbat"


def test_what_is_kept_of_all_cards_is_bounded() -> None:
    made = carded("acme/one", " ".join(f"word{n}" for n in range(100_000)))
    with connection.cursor() as cursor:
        cursor.execute(
            "select length(search_vector), pg_column_size(search_vector) from marketplace_listing where id = %s",
            [made.pk],
        )
        words, size = cursor.fetchone()
    assert words < MOST_CARD / 5
    assert size < 40_000


def test_filters_that_are_understood_stay_as_they_were() -> None:
    carded("acme/one", CARD, task="text-generation", languages=["eng"])
    search = Search(q="german embeddings")
    assert "acme/one" not in names("german embeddings", 50)
    assert search.count() > 50
