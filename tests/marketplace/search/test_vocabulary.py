"""What the words of a query can stand for: slips are put right, numbers never."""

import re

import pytest

from marketplace.listings.models import Listing
from marketplace.search.index_models import SearchTerm
from marketplace.search.search import Search
from marketplace.search.vocabulary import count_words, read_terms
from tests.factories.marketplace import listing

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("mistrl nemo", "mistral nemo"),
        ("sentense transformers", "sentence transformers"),
        ("multilingul reranker", "multilingual reranker"),
        ("imge clasification", "image classification"),
        ("bgem3", "bge m3"),
        ("bge m3", ""),
        ("minil", ""),
        ("qqqqzzzz", ""),
    ],
)
def test_slips_are_put_right_and_words_are_not(typed: str, meant: str) -> None:
    assert read_terms(typed.split()).correction == meant


def test_every_word_is_counted_once_a_listing() -> None:
    count_words()  # whatever a test before has committed
    known = dict(SearchTerm.objects.values_list("word", "documents"))
    assert known[""] == Listing.objects.count() == 2882
    assert known["german"] == Listing.objects.filter(search_vector="german").count()
    listing("acme/zyxwv-german", languages=["deu"])
    assert SearchTerm.objects.get(word="zyxwv").documents == 1
    assert SearchTerm.objects.get(word="german").documents == known["german"] + 1
    count_words()
    assert SearchTerm.objects.get(word="german").documents == known["german"] + 1


NUMBERS = [
    ("2024", "2022"),
    ("in3k", "in1k"),
    ("in12k", "in21k"),
    ("v2", "v1"),
    ("vit2", "vit1"),
    ("7b", "8b"),
    ("384", "768"),
    ("1024", "1042"),
    ("patch16", "patch14"),
    ("minilm12", "minilm6"),
    ("135m", "135b"),
    ("model15b", "model1b5"),
    ("20240229", "20240228"),
]
BOTH_WAYS = NUMBERS + [(other, typed) for typed, other in NUMBERS]


def numbers_of(word: str) -> list[str]:
    return re.findall(r"\d+[a-z]?", word)


@pytest.mark.parametrize(("typed", "other"), BOTH_WAYS)
def test_a_number_is_never_taken_for_another(typed: str, other: str) -> None:
    listing(f"acme/zorblax-{other}")
    reading = read_terms([typed])
    assert numbers_of(reading.correction or typed) == numbers_of(typed)
    assert [each.word for each in reading.terms[0].alternatives if each.word == other] == []
    slips = [each.word for each in reading.terms[0].alternatives if each.kind == "typo"]
    assert all(numbers_of(word) == numbers_of(typed) for word in slips)


@pytest.mark.parametrize(("typed", "other"), BOTH_WAYS)
def test_of_two_numbers_the_one_asked_for_is_found(typed: str, other: str) -> None:
    listing(f"acme/zorblax-{typed}")
    listing(f"acme/zorblax-{other}")
    search = Search(q=f"zorblax {typed}")
    assert [found.name for found in search.listings()] == [f"acme/zorblax-{typed}"]
    assert search.page(limit=1).items[0].name == f"acme/zorblax-{typed}"


def test_a_slip_in_the_letters_beside_a_number_is_put_right() -> None:
    listing("acme/zorblax135m")
    assert read_terms(["zorblx135m"]).correction == "zorblax135m"
    assert read_terms(["zorblx136m"]).correction == ""
