"""Who is left out of a score by a rule is told why, may appeal to a person, and hears when it is over."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from accounts.notifications.kinds import shown
from accounts.notifications.models import Notice
from marketplace.ground.cases import Case, Source
from marketplace.ground.decisions import Action, Category, Content, ModerationDecision
from marketplace.ground.log import LogEntry
from marketplace.moderation.claiming import claim_case
from marketplace.moderation.deciding import decide_case
from marketplace.moderation.effects import effects_of
from marketplace.moderation.errors import AlreadyDecidedError
from marketplace.moderation.labelling import tell_left_out
from marketplace.moderation.tasks import look
from marketplace.moderation.undoing import undo_decision
from marketplace.moderation.wishes import Wish
from marketplace.onchain.models.sales import PurchaseFact
from marketplace.reports.appealing import appeal_decision
from marketplace.reports.models import Appeal, Outcome, ReasonStatement
from marketplace.scores.actions import withdraw_review
from marketplace.scores.contents import find_review_subject
from marketplace.scores.judging import judge_listing
from marketplace.scores.models import Review, Standing, Use
from marketplace.scores.score_models import ModelScore
from tests.factories import reviews
from tests.factories.reviews import NOW, SELLER, Model, address, person
from tests.moderators import make_moderator

CROWD = range(10, 22)
COUNT = Wish(Action.SHOW, reason="A class tried it together.")


@pytest.fixture
def made(db: None) -> Model:
    return reviews.model()


@pytest.fixture
def moderator(db: None) -> User:
    return make_moderator("0x" + "9" * 40)


@pytest.fixture
def crowd(made: Model) -> Model:
    """Twelve first reviews at once, whose authors have been told."""
    for number in CROWD:
        made.buy_and_review(number, 1)
    assert tell_left_out() == 12
    return made


def left_out() -> tuple[int, dict[str, int]]:
    score = ModelScore.objects.get()
    return score.count, score.left_out


def statement_of(number: int) -> ReasonStatement:
    return ReasonStatement.objects.to(address(number)).latest("pk")


def titles(number: int) -> list[str]:
    return [each.title for each in shown(Notice.objects.filter(user=person(number)).order_by("-pk"))]


def appealed(number: int) -> Case:
    appeal_decision(user=person(number), public_id=str(statement_of(number).public_id), text="I wrote it alone.")
    return Case.objects.get(source=Source.APPEAL)


def decided(moderator: User, case: Case, wish: Wish) -> ModerationDecision:
    made = decide_case(moderator=moderator, pk=case.pk, wish=wish)
    assert isinstance(made, ModerationDecision)
    return made


def test_each_of_a_burst_is_told_what_why_by_which_rule_and_that_no_person_decided(crowd: Model) -> None:
    assert tell_left_out() == 0  # once
    statement = statement_of(10)
    decision = statement.decision
    assert (decision.content, decision.action, decision.category) == (Content.REVIEW, Action.LABEL, Category.SPAM)
    assert (statement.rule, statement.automated, decision.moderator, decision.case) == ("3.2", True, "", None)
    assert "10 or more first reviews" in decision.reason
    assert LogEntry.objects.count() == 12
    assert titles(10)[0].startswith("A program has decided about Review of maker/chat")
    reader = Client()
    reader.force_login(person(10))
    page = reader.get(statement.get_absolute_url()).content.decode()
    for words in ("By a program, without a person.", "3.2 Nobody buys, trades or forces a rating", "Appeal"):
        assert words in page
    assert left_out() == (0, {"burst": 12})  # it says what is, and changes nothing


def test_the_appeal_of_one_counts_that_review_alone(crowd: Model, moderator: User) -> None:
    case = appealed(10)
    claim_case(moderator=moderator, pk=case.pk)
    subject = find_review_subject(case.key)
    assert subject is not None
    assert effects_of(COUNT, subject, case)[0].startswith("Counts this review in the score")
    decision = decided(moderator, case, COUNT)
    assert left_out() == (1, {"burst": 11})
    assert Appeal.objects.get().outcome == Outcome.UPHELD
    assert statement_of(10).lifted_at is not None
    assert statement_of(11).lifted_at is None
    assert tell_left_out() == 1  # which only forgets the label
    assert (ModerationDecision.objects.count(), LogEntry.objects.count()) == (13, 13)
    judge_listing(crowd.listing.pk)
    assert left_out() == (1, {"burst": 11})
    # Taken back at once: the rule leaves it out again, and says so again.
    undo_decision(moderator=moderator, pk=decision.pk)
    assert left_out() == (0, {"burst": 12})
    assert tell_left_out() == 1
    assert statement_of(10).lifted_at is None


def test_an_appeal_that_is_refused_leaves_it_out(crowd: Model, moderator: User) -> None:
    decided(moderator, appealed(10), Wish(Action.NOTHING, reason="It is one of the raid."))
    assert Appeal.objects.get().outcome == Outcome.REJECTED
    assert left_out() == (0, {"burst": 12})


def test_who_uses_the_model_hears_that_it_is_over(crowd: Model) -> None:
    used = {"version": "1.0.0", "tokens": 5_000, "calls": 9, "first_at": NOW, "last_at": NOW}
    Use.objects.create(address=address(10), listing=crowd.listing, **used)
    judge_listing(crowd.listing.pk)
    look()
    assert statement_of(10).lifted_at is not None
    assert titles(10)[0].startswith("A decision about Review of maker/chat")
    lifting = ModerationDecision.objects.get(undoes=statement_of(10).decision)
    assert (lifting.action, lifting.automated) == (Action.SHOW, True)
    assert tell_left_out() == 0


def test_who_withdraws_is_told_no_more(made: Model) -> None:
    for number in range(10, 20):
        made.buy_and_review(number, 1)
    withdraw_review(user=person(10), key=Review.objects.get(author=address(10)).key)
    assert tell_left_out() == 0  # nine are no burst
    assert not ReasonStatement.objects.exists()


def test_a_tie_is_told_of_and_a_moderator_may_find_that_it_does_not_matter(made: Model, moderator: User) -> None:
    review = made.buy_and_review(2)
    # The author has bought the seller something.
    made.buy(2, recipient=address(SELLER))
    judge_listing(made.listing.pk)
    review.refresh_from_db()
    assert review.standing == Standing.AFFILIATED
    assert tell_left_out() == 1
    assert statement_of(2).decision.category == Category.DECEPTIVE
    assert "between your wallet and those who earn by this model" in statement_of(2).decision.reason
    decided(moderator, appealed(2), Wish(Action.SHOW, reason="A present among sisters."))
    assert left_out() == (1, {})
    tell_left_out()
    # What became of the money still counts.
    made.take_back(PurchaseFact.objects.get(recipient=address(2)))
    judge_listing(made.listing.pk)
    assert left_out() == (0, {"refunded": 1})


def test_a_review_that_was_hidden_and_given_back_is_left_out_as_before(crowd: Model, moderator: User) -> None:
    review = Review.objects.get(author=address(10))
    case = appealed(10)
    decided(moderator, case, Wish(Action.HIDE, Category.OTHER, reason="It insults."))
    assert left_out()[1]["hidden"] == 1
    tell_left_out()
    Case.objects.filter(pk=case.pk).update(closed_at=None, appealed=None)
    decided(moderator, case, Wish(Action.SHOW, reason="It does not, after all."))
    judge_listing(crowd.listing.pk)
    assert left_out() == (0, {"burst": 12})
    assert Review.objects.get(pk=review.pk).crowd is None


def test_what_no_rule_leaves_out_cannot_be_counted_after_all(made: Model, moderator: User) -> None:
    review = made.buy_and_review(2)
    case = Case.objects.create(content=Content.REVIEW, key=review.key, source=Source.REPORT, priority=1, summary="?")
    with pytest.raises(AlreadyDecidedError):
        decide_case(moderator=moderator, pk=case.pk, wish=COUNT)
