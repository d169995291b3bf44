"""The eight facts: Python and PostgreSQL agree, listing by listing, on which are recorded."""

from datetime import date
from typing import Any

import pytest
from django.db import connection

from accounts.models import Account
from marketplace.listings.cards import Card
from marketplace.listings.models import Listing
from marketplace.listings.recorded import RECORDED_FACTS, share_said_sql

pytestmark = pytest.mark.django_db

ASKED = "select name, {} from marketplace_listing kept where %s in (name, '')"
EMPTY: list[Any] = [None, "", [], {}, 0, 0.0, False]
SAID: list[Any] = ["Set", ["Set"], {"of": "Set"}, 224, 0.5, True, [None], [""], " ", "0", "null"]


def as_postgres_says(name: str = "") -> dict[str, list[bool]]:
    columns = ", ".join(fact.sql("kept") for fact in RECORDED_FACTS)
    with connection.cursor() as cursor:
        cursor.execute(ASKED.format(columns), [name])
        return {name: list(said) for name, *said in cursor.fetchall()}


def as_python_says(**which: str) -> dict[str, list[bool]]:
    return {each.name: [fact.is_said(each) for fact in RECORDED_FACTS] for each in Listing.objects.filter(**which)}


def kept(**said: Any) -> Listing:
    return Listing.objects.create(name="acme/odd", owner=Account.objects.get(name="BAAI"), task="x", **said)


def test_both_agree_on_the_whole_catalogue() -> None:
    told = as_python_says()
    assert as_postgres_says() == told
    assert len(told) == 2882
    for fact, column in zip(RECORDED_FACTS, zip(*told.values(), strict=True), strict=True):
        assert len(set(column)) == 2, f"{fact.name} is recorded of all or of none: nothing is compared"


@pytest.mark.parametrize("key", ["training_datasets", "recipe", "input_size"])
@pytest.mark.parametrize("value", EMPTY + SAID, ids=repr)
def test_both_agree_on_whatever_a_key_holds(key: str, value: Any) -> None:
    odd = kept(facts={key: value})
    assert as_postgres_says(odd.name) == as_python_says(name=odd.name) != {}
    assert Card(odd).known == bool(value)


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ({}, 0),
        ({"license": "", "languages": [], "modalities": [], "libraries": []}, 0),
        ({"parameters": 0, "memory_mb": 0, "max_tokens": 0}, 0),
        ({"parameters": 1, "memory_mb": 1, "max_tokens": 1}, 3),
        ({"modalities": ["text"]}, 1),
        ({"languages": ["deu"], "modalities": ["text"]}, 1),
        ({"released": date(2024, 2, 29), "license": "mit", "libraries": ["ONNX"]}, 3),
        ({"max_tokens": 0, "facts": {"input_size": 224}}, 1),
        ({"max_tokens": 512, "facts": {"input_size": 0}}, 1),
        ({"facts": {"training_datasets": [], "recipe": "in1k"}}, 1),
        ({"facts": {"training_datasets": [], "recipe": ""}}, 0),
    ],
)
def test_what_is_empty_or_zero_says_nothing(said: dict[str, Any], known: int) -> None:
    odd = kept(**said)
    assert as_postgres_says(odd.name) == as_python_says(name=odd.name) != {}
    assert Card(odd).known == sum(Card(odd).completeness.values()) == known
    with connection.cursor() as cursor:
        cursor.execute(ASKED.format(share_said_sql("kept")), [odd.name])
        assert cursor.fetchone() == (odd.name, known / 8)


def test_a_card_never_says_what_it_calls_missing() -> None:
    card = Card(kept(parameters=0, memory_mb=0, max_tokens=0))
    text = " ".join(sentence for section in card.sections for sentence in section.sentences)
    assert "0" not in text
    assert "size, memory" in text
