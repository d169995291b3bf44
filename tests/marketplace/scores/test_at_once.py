"""Two of each write at once: one of them counts, and nothing is counted twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from accounts.models import User
from common.errors import DomainError
from marketplace.ground.decisions import Action, Category, Content, ModerationDecision
from marketplace.scores.actions import erase_reviews, prepare_review, restore_review, withdraw_review, write_review
from marketplace.scores.answering import answer_review, withdraw_answer
from marketplace.scores.contents import lock_answer, mark_answer
from marketplace.scores.errors import ReviewHiddenError
from marketplace.scores.judging import follow
from marketplace.scores.models import Answer, AnswerEdition, HelpfulVote, Review, ReviewEdition, Use
from marketplace.scores.rechecking import recompute
from marketplace.scores.recording import record_use
from marketplace.scores.said import Said
from marketplace.scores.score_models import ModelScore
from marketplace.scores.voting import vote_helpful
from tests import databases
from tests.factories.reviews import NOW, SELLER, Model, address, model, person, sign
from tests.services import WORKER

BUYER, OTHER, VOTER = 2, 3, 4


@pytest.fixture(scope="module")
def own(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Model]:
    """A model in a database whose rows other threads see."""
    with (
        databases.copied(databases.make_migrated(), f"reviews{WORKER}") as name,
        django_db_blocker.unblock(),
        databases.named(name),
    ):
        yield model()


@pytest.fixture
def made(own: Model) -> Model:
    """The same model without reviews."""
    for each in (AnswerEdition, Answer, HelpfulVote, ReviewEdition, Review, ModelScore, Use):
        each._default_manager.all().delete()
    for number in (BUYER, OTHER):
        if len(own.bought) < 2:
            own.bought.append(own.buy(number))
    return own


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run these at the same time, and return what each gave or what it was refused with."""
    gate, found = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        gate.wait()
        try:
            found[place] = act()
        except DomainError as refused:
            found[place] = refused  # type: ignore[call-overload]  # a list of anything
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def writing(made: Model, who: int, rating: int, text: str = "") -> Callable[[], Review]:
    said, user = Said(rating, text), person(who)
    prepared = prepare_review(user=user, name=made.listing.name, said=said)
    signature, name = sign(who, prepared.typed), made.listing.name
    return lambda: write_review(user=user, name=name, said=said, number=prepared.number, signature=signature)


def test_the_same_review_twice_at_once_is_one(made: Model) -> None:
    act = writing(made, BUYER, 5)
    assert len({each.pk for each in at_once(act, act)}) == 1
    assert (Review.objects.count(), ReviewEdition.objects.count()) == (1, 1)
    assert ModelScore.objects.get().count == 1


def test_of_two_reviews_at_once_by_one_author_one_is_told_so(made: Model) -> None:
    found = at_once(writing(made, BUYER, 5), writing(made, BUYER, 1))
    assert sorted(isinstance(each, Review) for each in found) == [False, True]
    kept = Review.objects.get()
    assert (kept.number, kept.editions.count(), ModelScore.objects.get().mean) == (1, 1, kept.rating * 1_000)


def test_two_authors_at_once_are_both_counted(made: Model) -> None:
    at_once(writing(made, BUYER, 5), writing(made, OTHER, 2))
    assert (ModelScore.objects.get().count, ModelScore.objects.get().stars) == (2, [0, 1, 0, 0, 1])
    assert recompute(keep=False) == ([], 1)


def test_editing_and_withdrawing_at_once_leave_one_of_the_two(made: Model) -> None:
    review = writing(made, BUYER, 5)()
    user = person(BUYER)
    at_once(writing(made, BUYER, 1), lambda: withdraw_review(user=user, key=review.key))
    assert Review.objects.live().count() == ModelScore.objects.get().count <= 1
    assert recompute(keep=False)[0] == []


def test_withdrawing_and_restoring_twice_at_once_is_once(made: Model) -> None:
    review, user = writing(made, BUYER, 5)(), person(BUYER)
    for act, count in ((withdraw_review, 0), (restore_review, 1)):
        at_once(*[lambda act=act: act(user=user, key=review.key)] * 2)
        assert ModelScore.objects.get().count == count


def test_an_answer_twice_at_once_is_one(made: Model) -> None:
    review, seller = writing(made, BUYER, 2)(), person(SELLER)
    at_once(*[lambda: answer_review(user=seller, key=review.key, text="Thank you.")] * 2)
    assert (Answer.objects.count(), AnswerEdition.objects.count()) == (1, 1)
    at_once(*[lambda: answer_review(user=seller, key=review.key, text="Thanks.")] * 2)
    assert (Answer.objects.get().number, AnswerEdition.objects.count()) == (2, 2)
    key = Answer.objects.get().key
    at_once(*[lambda: withdraw_answer(user=seller, key=key)] * 2)
    assert not Answer.objects.get().is_shown


def test_a_vote_twice_at_once_counts_once(made: Model) -> None:
    review, voter = writing(made, BUYER, 2)(), person(VOTER)
    at_once(*[lambda: vote_helpful(user=voter, key=review.key, helpful=True)] * 2)
    review.refresh_from_db()
    assert (HelpfulVote.objects.count(), review.votes) == (1, 1)
    others = [person(number) for number in (OTHER, 60)]
    at_once(*[lambda user=user: vote_helpful(user=user, key=review.key, helpful=True) for user in others])
    review.refresh_from_db()
    assert (review.votes, review.helpful) == (3, sum(each.weight for each in HelpfulVote.objects.all()))
    at_once(*[lambda: vote_helpful(user=voter, key=review.key, helpful=False)] * 2)
    review.refresh_from_db()
    assert review.votes == 2


def test_calls_that_end_at_once_are_all_counted(made: Model) -> None:
    name = made.listing.name
    at_once(*[lambda: record_use(address=address(BUYER), name=name, tokens=100, at=NOW)] * 4)
    assert Use.objects.values_list("tokens", "calls", "days").get() == (400, 4, 1)


def test_following_and_erasing_beside_a_write_end_as_a_fresh_look_would(made: Model) -> None:
    writing(made, BUYER, 5)()
    Review.objects.update(stale=True)
    at_once(
        writing(made, OTHER, 1),
        lambda: follow(made.chain),
        lambda: follow(made.chain),
        lambda: erase_reviews(address=address(BUYER)),
    )
    assert ModelScore.objects.get().stars == [1, 0, 0, 0, 0]
    assert recompute(keep=False)[0] == []
    assert User.objects.filter(address=address(BUYER)).exists()


def test_what_a_moderator_hides_while_its_author_edits_it_stays_hidden(made: Model, own: Model) -> None:
    review, seller = writing(made, BUYER, 2)(), person(SELLER)
    answer = answer_review(user=seller, key=review.key, text="Thank you.")
    hidden, edited = threading.Event(), threading.Event()
    decision = ModerationDecision.objects.create(
        content=Content.ANSWER, key=answer.key, action=Action.HIDE, category=Category.SPAM, reason="Spam."
    )

    def hide() -> None:
        with transaction.atomic():
            lock_answer(answer.key)
            mark_answer(answer.key, decision)
            hidden.set()
            edited.wait(1)

    def edit() -> None:
        hidden.wait()
        answer_review(user=seller, key=review.key, text="Changed.")
        edited.set()

    found = at_once(hide, edit)
    assert isinstance(found[1], ReviewHiddenError)
    answer.refresh_from_db()
    assert (answer.decision, answer.text) == (decision, "Thank you.")
