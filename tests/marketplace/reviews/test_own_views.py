"""One's own review, as a page's script and as a person without scripts write it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from eth_account.messages import encode_typed_data
from pytest_django import DjangoAssertNumQueries

from marketplace.onchain.models.sales import SplitFact
from marketplace.scores.actions import prepare_review, write_review
from marketplace.scores.models import Review, Standing
from marketplace.scores.said import Said
from tests.factories.reviews import SELLER, Model, _place, address, key, person, word
from tests.factories.reviews import sign as signature_of

BUYER, OTHER, THIRD = 2, 3, 4
PATH = "/models/maker/chat/reviews"
OWN = f"{PATH}/own"
JSON = {"Accept": "application/json"}
SAID = {"rating": "4", "text": "It talks.", "speed": "5", "version": ""}


def enter(client: Client, who: int) -> None:
    client.force_login(person(who))


def sign(client: Client, who: int, **said: Any) -> Any:
    """Have somebody write a review as the page's script does; return the last answer."""
    fields = {**SAID, **said}
    asked = client.post(OWN, fields, headers=JSON)
    if asked.status_code != 200:
        return asked
    signing = asked.json()
    typed = signing["typed"]
    message = encode_typed_data(full_message={**typed, "message": numbers(typed)})
    signature = key(who).sign_message(message).signature.to_0x_hex()
    return client.post(signing["to"], {**fields, **signing["fields"], "signature": signature}, headers=JSON)


def numbers(typed: dict[str, Any]) -> dict[str, Any]:
    """Return a message with its numbers as such, which browsers are given as text."""
    of = {each["name"]: each["type"] for each in typed["types"]["Review"]}
    return {name: int(v) if of[name].startswith("uint") else v for name, v in typed["message"].items()}


def test_a_buyer_writes_changes_withdraws_and_undoes_it(client: Client, made: Model) -> None:
    made.buy(BUYER)
    enter(client, BUYER)
    assert "You bought it and kept it" in client.get(OWN).content.decode()
    assert sign(client, BUYER).json() == {"said": "Your review is published."}
    review = Review.objects.get()
    assert (review.rating, review.speed, review.text, review.standing) == (4, 5, "It talks.", Standing.COUNTED)
    assert "It talks." in client.get(PATH).content.decode()
    page = client.get(OWN).content.decode()
    assert 'value="4" required checked' in page
    assert "Withdraw it" in page
    assert sign(client, BUYER, rating="2", text="It stops.").json() == {"said": "Your review is changed."}
    history = client.get(f"/reviews/{review.pk}").content.decode()
    assert "2 editions" in history
    assert "It talks." in history
    assert client.post(f"/reviews/{review.pk}/withdraw")["Location"] == OWN
    assert "It stops." not in client.get(PATH).content.decode()
    assert "You have withdrawn your review." in client.get(OWN).content.decode()
    client.post(f"/reviews/{review.pk}/restore")
    assert "It stops." in client.get(PATH).content.decode()


def test_the_page_of_the_panel_alone_is_what_the_list_loads(client: Client, made: Model) -> None:
    made.buy(BUYER)
    enter(client, BUYER)
    headers = {"HX-Request": "true", "HX-Target": "section#own-review"}
    part = client.get(OWN, headers=headers).content.decode()
    assert part.strip().startswith("<section")
    assert "<html" not in part
    assert f'hx-get="{OWN}"' in client.get(PATH).content.decode()


def test_without_scripts_the_signature_is_pasted(client: Client, made: Model) -> None:
    made.buy(BUYER)
    enter(client, BUYER)
    page = client.post(OWN, SAID).content.decode()
    assert "Send the signature" in page
    assert "This is my review of a model that was paid for." in page
    assert client.post(OWN, {"text": "no rating"}, headers=JSON).json()["detail"] == "Choose a rating from 1 to 5."
    typed = client.post(OWN, SAID, headers=JSON).json()["typed"]
    message = encode_typed_data(full_message={**typed, "message": numbers(typed)})
    signature = key(BUYER).sign_message(message).signature.to_0x_hex()
    assert client.post(OWN, {**SAID, "number": "1", "signature": signature})["Location"] == OWN
    assert Review.objects.get().author == address(BUYER)


@pytest.mark.parametrize(
    ("who", "code", "sentence"),
    [
        (OTHER, "not-a-buyer", "this wallet has not bought this model"),
        (SELLER, "own-model", "This is your own model."),
        (THIRD, "payee", "a part of what this model earns"),
        (BUYER, "purchase-returned", "was refunded, so you cannot review it"),
    ],
)
def test_who_may_not_is_told_why_and_what_to_do(
    client: Client, made: Model, who: int, code: str, sentence: str
) -> None:
    recipients = [address(SELLER), address(THIRD)]
    SplitFact.objects.create(
        **_place(made.chain, 800), model_id=made.model_id, split_hash=word(7), recipients=recipients, bps=[9_000, 1_000]
    )
    made.buy(THIRD)
    made.take_back(made.buy(BUYER))
    enter(client, who)
    page = client.get(OWN).content.decode()
    assert sentence in page
    assert "Sign and publish" not in page
    refused = sign(client, who)
    assert (refused.status_code, refused.json()["code"]) == (403, code)
    body = json.dumps({"rating": 5, "text": "Let me in."})
    api = client.post(f"/api/v1/listings/{made.listing.name}/reviews/to-sign", body, "application/json")
    assert (api.status_code, api.json()["code"]) == (403, code)
    assert not Review.objects.exists()


def test_a_visitor_is_asked_to_sign_in(client: Client, made: Model) -> None:
    assert client.get(OWN)["Location"] == f"/sign-in?next={OWN.replace('/', '%2F')}"
    assert "Connect wallet to review" in client.get(PATH).content.decode()
    assert client.post(OWN, SAID).status_code == 302


def test_a_refund_says_so_at_the_review(client: Client, made: Model) -> None:
    bought = made.buy(BUYER)
    review = made.review(BUYER, 5, "Fine.")
    made.take_back(bought)
    from marketplace.scores.judging import judge_listing

    judge_listing(made.listing.pk)
    page = client.get(PATH).content.decode()
    assert "Not counted: its purchase was refunded" in page
    assert "1 more stands outside the score" in page
    enter(client, BUYER)
    own = client.get(OWN).content.decode()
    assert "was refunded, so you cannot review it" in own
    assert str(review.pk) in own


def test_one_wallet_marks_a_review_once_and_takes_it_back(client: Client, made: Model) -> None:
    review = made.buy_and_review(BUYER)
    path = f"/reviews/{review.pk}/helpful"
    assert client.post(path).status_code == 302
    enter(client, OTHER)
    back = client.post(path, {"back": f"{PATH}?sort=newest"})
    assert back["Location"] == f"{PATH}?sort=newest#review-{review.pk}"
    assert client.post(path, {"back": "https://elsewhere.example/"})["Location"] == f"/reviews/{review.pk}"
    page = client.get(PATH).content.decode()
    assert f'data-keys="{review.pk}"' in page
    assert "Take that back" in client.get(f"/reviews/{review.pk}").content.decode()
    review.refresh_from_db()
    assert review.votes == 1
    client.post(path, {"helpful": "no"})
    review.refresh_from_db()
    assert review.votes == 0
    enter(client, BUYER)
    assert client.post(path, headers=JSON).status_code == 409
    assert client.get(path)["Location"] == f"/reviews/{review.pk}"


def test_what_a_member_marked_is_never_kept_for_others(client: Client, made: Model) -> None:
    review = made.buy_and_review(BUYER)
    enter(client, OTHER)
    client.post(f"/reviews/{review.pk}/helpful")
    assert f'data-keys="{review.pk}"' in client.get(PATH).content.decode()
    other = Client()
    other.force_login(person(THIRD))
    assert 'data-keys=""' in other.get(PATH).content.decode()
    assert "<helpful-marks" not in Client().get(PATH).content.decode()


def test_ones_own_panel_takes_eight_queries_and_writing_thirty(
    client: Client, made: Model, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    made.buy_and_review(OTHER)
    made.buy(BUYER)
    enter(client, BUYER)
    with django_assert_max_num_queries(8):
        client.get(OWN)
    said = Said(5, "It talks.")
    prepared = prepare_review(user=person(BUYER), name="maker/chat", said=said)
    number, signature = prepared.number, signature_of(BUYER, prepared.typed)
    with django_assert_max_num_queries(30):
        write_review(user=person(BUYER), name="maker/chat", said=said, number=number, signature=signature)
    with django_assert_max_num_queries(8):
        assert "Withdraw it" in client.get(OWN).content.decode()
