"""Helpful votes: one a wallet, by what it has paid for, and no score moves by them."""

from __future__ import annotations

import pytest

from accounts.restrictions import RestrictedError, Restriction, Scope
from common.limits import TooManyError
from marketplace.scores.errors import OwnReviewError, ReviewNotFoundError
from marketplace.scores.models import HelpfulVote
from marketplace.scores.score_models import ModelScore
from marketplace.scores.voting import BOUGHT, BOUGHT_IT, NEW, TIED, VOTES_A_MINUTE, vote_helpful, vote_weight
from tests.factories.reviews import SELLER, Model, address, model, person

BUYER, OTHER, CUSTOMER, STRANGER = 2, 3, 4, 5


def test_a_vote_weighs_what_its_voter_has_paid_for(made: Model) -> None:
    review = made.buy_and_review(BUYER)
    before = ModelScore.objects.get().score
    made.buy(OTHER)
    model("other/chat", seller=50).buy(CUSTOMER)
    weights = {number: vote_weight(address(number), review) for number in (OTHER, CUSTOMER, STRANGER, SELLER)}
    assert weights == {OTHER: BOUGHT_IT, CUSTOMER: BOUGHT, STRANGER: NEW, SELLER: TIED}
    for number in weights:
        review = vote_helpful(user=person(number), key=review.key, helpful=True)
    assert (review.votes, review.helpful) == (4, sum(weights.values()))
    review = vote_helpful(user=person(OTHER), key=review.key, helpful=True)
    assert review.votes == 4
    for _ in range(2):
        review = vote_helpful(user=person(OTHER), key=review.key, helpful=False)
        assert (review.votes, review.helpful) == (3, sum(weights.values()) - BOUGHT_IT)
    assert ModelScore.objects.get().score == before


def test_nobody_votes_for_themselves_or_for_what_is_gone(made: Model) -> None:
    review = made.buy_and_review(BUYER)
    with pytest.raises(OwnReviewError):
        vote_helpful(user=person(BUYER), key=review.key, helpful=True)
    for key in ("nonsense", review.key.upper(), "00000000-0000-0000-0000-000000000000"):
        with pytest.raises(ReviewNotFoundError):
            vote_helpful(user=person(OTHER), key=key, helpful=True)
    assert not HelpfulVote.objects.exists()


def test_a_paused_account_and_a_hasty_one_are_stopped(made: Model) -> None:
    review = made.buy_and_review(BUYER)
    for number in range(VOTES_A_MINUTE):
        vote_helpful(user=person(OTHER), key=review.key, helpful=number % 2 == 0)
    with pytest.raises(TooManyError):
        vote_helpful(user=person(OTHER), key=review.key, helpful=True)
    Restriction.objects.create(address=address(OTHER), scope=Scope.REVIEWING, decision=1)
    with pytest.raises(RestrictedError):
        vote_helpful(user=person(OTHER), key=review.key, helpful=True)


def test_a_purchase_that_can_be_refunded_weighs_less(made: Model) -> None:
    review = made.buy_and_review(BUYER)
    made.buy(OTHER, old=False)
    assert vote_weight(address(OTHER), review) == BOUGHT
    made.buy(OTHER)
    assert vote_weight(address(OTHER), review) == BOUGHT_IT
