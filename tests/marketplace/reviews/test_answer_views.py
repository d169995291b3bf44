"""Sellers answer, from their desk or from the review's page."""

from __future__ import annotations

from django.test import Client

from marketplace.scores.models import Answer
from tests.factories.reviews import SELLER, Model, person

BUYER, OTHER = 2, 3
DESK = "/sell/reviews/"


def test_a_seller_sees_what_waits_and_answers_it(client: Client, made: Model) -> None:
    review = made.buy_and_review(BUYER, 2, "It stops.")
    client.force_login(person(SELLER))
    headers = {"HX-Request": "true", "HX-Target": "p#reviews-waiting"}
    assert "1 review waits for your answer" in client.get(DESK, headers=headers).content.decode()
    page = client.get(DESK).content.decode()
    assert "It stops." in page
    answered = client.post(f"/reviews/{review.pk}/answer", {"text": "Mended in <b>1.1.0</b>.", "from": "desk"})
    assert answered["Location"] == DESK
    assert "Nothing waits" in client.get(DESK).content.decode()
    seen = client.get("/models/maker/chat/reviews").content.decode()
    assert "Mended in &lt;b&gt;1.1.0&lt;/b&gt;." in seen
    client.post(f"/reviews/{review.pk}/answer", {"text": "Mended in 1.2.0."})
    page = client.get(f"/reviews/{review.pk}").content.decode()
    assert "Mended in 1.2.0." in page
    assert Answer.objects.get().number == 2
    client.post(f"/reviews/{review.pk}/answer/withdraw")
    assert "Mended" not in client.get("/models/maker/chat/reviews").content.decode()
    assert "No review waits" not in client.get(DESK, headers=headers).content.decode()


def test_nobody_else_answers(client: Client, made: Model) -> None:
    review = made.buy_and_review(BUYER)
    assert client.post(f"/reviews/{review.pk}/answer", {"text": "Ha"}).status_code == 302
    for who in (BUYER, OTHER):
        client.force_login(person(who))
        refused = client.post(f"/reviews/{review.pk}/answer", {"text": "Ha"}, headers={"Accept": "application/json"})
        assert (refused.status_code, refused.json()["code"]) == (403, "not-the-seller")
        assert "Your answer" not in client.get(f"/reviews/{review.pk}").content.decode()
    assert not Answer.objects.exists()


def test_an_empty_answer_is_refused_in_a_sentence(client: Client, made: Model) -> None:
    review = made.buy_and_review(BUYER)
    client.force_login(person(SELLER))
    refused = client.post(f"/reviews/{review.pk}/answer", {"text": " \n"}, headers={"Accept": "application/json"})
    assert (refused.status_code, refused.json()["detail"]) == (422, "Write a few words.")


def test_a_wallet_that_sells_nothing_has_nothing_to_answer(client: Client, made: Model) -> None:
    made.buy_and_review(BUYER)
    client.force_login(person(OTHER))
    assert "Nothing waits" in client.get(DESK).content.decode()
