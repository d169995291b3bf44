"""Moderators find, lock and hide reviews; the score follows."""

from __future__ import annotations

from marketplace.ground.contents import find_content, kind_of
from marketplace.ground.decisions import Action, Category, Content, ModerationDecision
from marketplace.scores.models import Standing
from marketplace.scores.score_models import ModelScore
from tests.factories.reviews import SELLER, Model, address

BUYER, OTHER = 2, 3


def test_a_hidden_review_is_out_of_the_score_until_it_is_shown_again(made: Model) -> None:
    review = made.buy_and_review(BUYER, 1, "Spam.")
    made.buy_and_review(OTHER, 5)
    kind = kind_of("review")
    assert kind is not None
    assert kind.lock(review.key) == review
    decision = ModerationDecision.objects.create(
        content=Content.REVIEW, key=review.key, action=Action.HIDE, category=Category.SPAM, reason="Spam."
    )
    kind.mark(review.key, decision)
    review.refresh_from_db()
    assert (review.standing, review.is_shown) == (Standing.HIDDEN, False)
    score = ModelScore.objects.get()
    assert (score.count, score.shown, score.left_out) == (1, 1, {"hidden": 1})
    kind.mark(review.key, None)
    assert ModelScore.objects.get().count == 2


def test_a_review_is_found_with_its_history_and_its_parties(made: Model) -> None:
    review = made.buy_and_review(BUYER, 2, "Slow.")
    made.review(BUYER, 4, "Faster.")
    subject = find_content("review", review.key)
    assert subject is not None
    assert (subject.author, subject.text, subject.decision) == (address(BUYER), "Faster.", None)
    assert subject.title.endswith("4 of 5 stars")
    assert subject.parties == {address(BUYER), address(SELLER)}
    assert [each.text for each in subject.editions] == ["Faster.", "Slow."]
    assert subject.path == f"/reviews/{review.key}"


def test_what_is_not_there_is_not_found(made: Model) -> None:
    for content in ("review", "answer"):
        kind = kind_of(content)
        assert kind is not None
        for key in ("nonsense", "00000000-0000-0000-0000-000000000000", "{00000000-0000-0000-0000-000000000000}"):
            assert kind.find(key) is None
            assert kind.lock(key) is None
            assert kind.mark(key, None) is None
