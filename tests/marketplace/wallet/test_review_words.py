"""A review in words, before it is signed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from accounts.demo import PERSONAS
from marketplace.scores.said import Said
from marketplace.scores.signing import for_wallet, review_typed
from tests.marketplace.shop import Shop

from .conftest import Ask, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.marketplace.wallet.demo_urls")]
AUTHOR = PERSONAS[2].address


def typed(shop: Shop) -> dict[str, Any]:
    said = Said(4, "It talks, \u202edlrow", "1.0.0", speed=5)
    given: dict[str, Any] = {"chain_id": shop.chain.pk, "model_id": shop.model_id, "listing": "corner/chat"}
    return for_wallet(review_typed(**given, author=AUTHOR, said=said, number=1))


def said(ask: Ask, data: dict[str, Any]) -> str:
    return text_of(ask("eth_signTypedData_v4", [AUTHOR, json.dumps(data)]))


def test_it_says_what_is_published_and_that_it_costs_nothing(shop: Shop, ask: Ask) -> None:
    text = said(ask, typed(shop))
    assert text.startswith("Review corner/chat: 4 of 5 A signature only: it costs no gas")
    assert "Your text, for everybody to read It talks, [U+202E]dlrow" in text
    assert "Fast enough 5 of 5" in text
    assert "Version 1.0.0" in text
    assert "does not know what this allows" not in text


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        ({"listing": "corner/other"}, "It is about something else"),
        ({"model": "0x" + "ab" * 32}, "It is about something else"),
        ({"statement": "I give you everything."}, "It is about something else"),
        ({"rating": "9"}, "It is about something else"),
        ({"author": "0x" + "ab" * 20}, "It names another account"),
    ],
)
def test_what_is_not_as_the_site_words_it_is_warned_of(
    shop: Shop, ask: Ask, change: dict[str, str], warning: str
) -> None:
    data = typed(shop)
    data["message"] |= change
    assert warning in said(ask, data)


def test_another_shape_is_unknown(shop: Shop, ask: Ask) -> None:
    data = typed(shop)
    data["types"]["Review"].append({"name": "all", "type": "uint256"})
    data["message"]["all"] = "1"
    assert "The wallet does not know what this allows" in said(ask, data)
