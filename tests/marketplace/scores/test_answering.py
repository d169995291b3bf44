"""The seller answers once, and changes that; nobody else does."""

from __future__ import annotations

import pytest

from accounts.notifications.kinds import shown
from accounts.notifications.models import Notice
from accounts.restrictions import RestrictedError, Restriction, Scope
from common.limits import TooManyError
from marketplace.ground.contents import find_content, kind_of
from marketplace.ground.decisions import Action, Category, Content, ModerationDecision
from marketplace.scores.actions import withdraw_review
from marketplace.scores.answering import ANSWERS_A_MINUTE, answer_review, withdraw_answer
from marketplace.scores.errors import (
    AnswerNotFoundError,
    NotTheSellerError,
    ReviewHiddenError,
    ReviewNotFoundError,
    ReviewRefusedError,
)
from marketplace.scores.models import Answer
from tests.factories.reviews import SELLER, Model, address, person

BUYER, OTHER = 2, 3


def test_the_seller_answers_once_and_changes_that(made: Model) -> None:
    review = made.buy_and_review(BUYER, 2, "Slow.")
    with pytest.raises(NotTheSellerError):
        answer_review(user=person(OTHER), key=review.key, text="I am not the seller.")
    with pytest.raises(ReviewRefusedError):
        answer_review(user=person(SELLER), key=review.key, text=" \u200b ")
    answer = answer_review(user=person(SELLER), key=review.key, text="It is awake now.")
    same = answer_review(user=person(SELLER), key=review.key, text="It is awake now.")
    assert (same.pk, same.number, same.edited_at) == (answer.pk, 1, None)
    changed = answer_review(user=person(SELLER), key=review.key, text="It was asleep.")
    assert (changed.pk, changed.number, changed.edited_at is None) == (answer.pk, 2, False)
    assert [each.text for each in changed.editions.all()] == ["It was asleep.", "It is awake now."]
    assert Answer.objects.count() == 1
    told = Notice.objects.filter(user=person(BUYER))
    assert [each.kind for each in told] == ["review-answered"]


def test_an_answer_can_be_taken_back_and_given_again(made: Model) -> None:
    review = made.buy_and_review(BUYER)
    answer = answer_review(user=person(SELLER), key=review.key, text="Thanks.")
    with pytest.raises(NotTheSellerError):
        withdraw_answer(user=person(BUYER), key=answer.key)
    for key in (review.key, "nonsense"):
        with pytest.raises(AnswerNotFoundError):
            withdraw_answer(user=person(SELLER), key=key)
    for _ in range(2):
        assert not withdraw_answer(user=person(SELLER), key=answer.key).is_shown
    assert answer_review(user=person(SELLER), key=review.key, text="Thanks.").is_shown


def test_what_is_gone_or_hidden_is_not_answered(made: Model) -> None:
    review = made.buy_and_review(BUYER)
    answer = answer_review(user=person(SELLER), key=review.key, text="Thanks.")
    decision = ModerationDecision.objects.create(
        content=Content.ANSWER, key=answer.key, action=Action.HIDE, category=Category.SPAM, reason="Spam."
    )
    kind = kind_of("answer")
    assert kind is not None
    assert kind.lock(answer.key) == answer
    kind.mark(answer.key, decision)
    with pytest.raises(ReviewHiddenError):
        answer_review(user=person(SELLER), key=review.key, text="Thanks again.")
    subject = find_content("answer", answer.key)
    assert subject is not None
    assert (subject.author, subject.decision, subject.text) == (address(SELLER), decision, "Thanks.")
    assert subject.parties == {address(BUYER), address(SELLER)}
    withdraw_review(user=person(BUYER), key=review.key)
    with pytest.raises(ReviewNotFoundError):
        answer_review(user=person(SELLER), key=review.key, text="Hello?")


def test_a_paused_seller_and_a_hasty_one_are_stopped(made: Model) -> None:
    review = made.buy_and_review(BUYER)
    for number in range(ANSWERS_A_MINUTE):
        answer_review(user=person(SELLER), key=review.key, text=f"Edition {number}.")
    with pytest.raises(TooManyError):
        answer_review(user=person(SELLER), key=review.key, text="One more.")
    Restriction.objects.create(address=address(SELLER), scope=Scope.WRITING, decision=1)
    with pytest.raises(RestrictedError):
        answer_review(user=person(SELLER), key=review.key, text="One more.")


def test_notices_read_well(made: Model) -> None:
    review = made.buy_and_review(BUYER, 2, "Slow.")
    answer_review(user=person(SELLER), key=review.key, text="It is awake now.")
    read = {each.kind.name: each for each in shown(Notice.objects.all())}
    assert read["reviewed"].title.endswith("gave maker/chat 2 of 5 stars")
    assert read["reviewed"].text == "Slow."
    assert read["review-answered"].title == "The seller has answered your review of maker/chat"
    assert {each.path for each in read.values()} == {f"/reviews/{review.key}"}
