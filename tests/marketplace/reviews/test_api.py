"""Reviews for programs."""

from __future__ import annotations

import base64
import json
from typing import Any

from django.test import Client
from eth_account.messages import encode_typed_data
from pytest_django import DjangoAssertNumQueries

from marketplace.scores.models import Review
from tests.factories.reviews import SELLER, Model, key, person

from .test_own_views import numbers
from .written import answer, many

BUYER, OTHER = 2, 3
PATH = "/api/v1/listings/maker/chat/reviews"


def get(client: Client, query: str = "") -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"{PATH}{query}").json()
    return found


def test_a_model_without_reviews_has_no_score(client: Client, made: Model) -> None:
    found = get(client)
    assert found["items"] == []
    assert found["score"]["value"] is None
    assert found["score"]["distribution"] == [0, 0, 0, 0, 0]


def test_reviews_come_with_both_scores(client: Client, made: Model) -> None:
    review = made.buy_and_review(BUYER, 4, "It talks.", delivers=5)
    answer(review, "Thank you.", person(SELLER).address)
    made.buy_and_review(OTHER, 2)
    found = get(client)
    item = next(each for each in found["items"] if each["id"] == review.key)
    assert (item["rating"], item["parts"], item["text"], item["counted"]) == (4, {"delivers": 5}, "It talks.", True)
    assert (item["spent"], item["used"], item["answer"]["text"]) == ("some", "none", "Thank you.")
    assert found["score"]["count"] == 2
    assert found["score"]["distribution"] == [0, 1, 0, 1, 0]
    assert found["next"] is None
    assert [each["rating"] for each in get(client, "?rating=2")["items"]] == [2]
    assert client.get(f"{PATH}?sort=best").status_code == 422
    assert client.get("/api/v1/listings/nobody/nothing/reviews").status_code == 404


def test_a_walk_meets_each_once_with_few_queries(
    client: Client, made: Model, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    many(made.listing, 45)
    found: list[str] = []
    query = "?limit=20"
    while query:
        with django_assert_max_num_queries(8):
            page = get(client, query)
        found += [each["id"] for each in page["items"]]
        query = f"?limit=20&cursor={page['next']}" if page["next"] else ""
    assert len(found) == len(set(found)) == 45


def test_a_signed_review_is_left_by_its_author(client: Client, made: Model) -> None:
    made.buy(BUYER)
    said = {"rating": 5, "text": "By program.", "worth": 4}
    assert (
        client.post(PATH, json.dumps({**said, "number": 1, "signature": "0x"}), "application/json").status_code == 401
    )
    client.force_login(person(BUYER))
    asked = client.post(f"{PATH}/to-sign", json.dumps(said), "application/json").json()
    typed = asked["typed_data"]
    message = encode_typed_data(full_message={**typed, "message": numbers(typed)})
    signature = key(BUYER).sign_message(message).signature.to_0x_hex()
    body = json.dumps({**said, "number": asked["number"], "signature": signature})
    made_of = client.post(PATH, body, "application/json")
    assert (made_of.status_code, made_of.json()["text"]) == (201, "By program.")
    assert client.post(PATH, body, "application/json").json()["id"] == made_of.json()["id"]
    assert Review.objects.get().worth == 4


def test_nobody_learns_from_a_cursor_how_much_somebody_has_used(client: Client, made: Model) -> None:
    many(made.listing, 3)
    cursor = get(client, "?limit=1")["next"]
    name, key, _pk = json.loads(base64.urlsafe_b64decode(f"{cursor}==="))
    assert (name, key) == ("use", None)
    assert [each["text"] for each in get(client, f"?cursor={cursor}")["items"]] == ["Review 2", "Review 1"]
    for made_up in (["use", 25, _pk], ["use", None, None], ["use", None, "x"], ["newest", None, _pk]):
        text = base64.urlsafe_b64encode(json.dumps(made_up).encode()).decode()
        assert client.get(f"{PATH}?cursor={text}").status_code == 400
    Review.objects.all().delete()
    assert get(client, f"?cursor={cursor}")["items"] == []


def test_what_no_column_holds_breaks_nothing(client: Client, made: Model) -> None:
    made.buy(BUYER)
    client.force_login(person(BUYER))
    for path, said in (
        (f"{PATH}/to-sign", {"rating": 5, "version": "\x00"}),
        (PATH, {"rating": 5, "number": 1, "signature": "\x00"}),
    ):
        assert client.post(path, json.dumps(said), "application/json").status_code in (403, 422)
