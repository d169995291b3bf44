"""Moderators clear or confirm a burst of reviews: the score follows, and the log has it."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from marketplace.ground.cases import Case
from marketplace.ground.contents import find_content
from marketplace.ground.decisions import Action, Category, ModerationDecision
from marketplace.ground.errors import OwnCaseError
from marketplace.ground.log import LogEntry
from marketplace.moderation.claiming import claim_case
from marketplace.moderation.deciding import decide_case
from marketplace.moderation.errors import AlreadyDecidedError
from marketplace.moderation.undoing import undo_decision
from marketplace.moderation.wishes import Wish
from marketplace.reports.errors import ReportedContentNotFoundError
from marketplace.reports.reporting import find_reported
from marketplace.scores.actions import withdraw_review
from marketplace.scores.judging import judge_listing
from marketplace.scores.models import Use
from marketplace.scores.score_models import ModelScore
from tests.factories.reviews import NOW, Model, address, person
from tests.moderators import make_moderator

COUNT = Wish(Action.SHOW, reason="They came from a class that tried it together.")
REFUSE = Wish(Action.HIDE, Category.SPAM, reason="One person wrote all of them.")


@pytest.fixture
def moderator(db: None) -> User:
    return make_moderator("0x" + "9" * 40)


@pytest.fixture
def case(made: Model) -> Case:
    """Ten first reviews at once, and the case that was opened by them."""
    for number in range(10, 20):
        made.buy_and_review(number, 1)
    assert left_out() == (0, {"burst": 10})
    return Case.objects.get()


def left_out() -> tuple[int, dict[str, int]]:
    score = ModelScore.objects.get()
    return score.count, score.left_out


def decided(moderator: User, case: Case, wish: Wish) -> ModerationDecision:
    made = decide_case(moderator=moderator, pk=case.pk, wish=wish)
    assert isinstance(made, ModerationDecision)
    return made


def test_what_is_cleared_counts_and_goes_on_counting(made: Model, moderator: User, case: Case) -> None:
    decision = decided(moderator, case, COUNT)
    assert left_out() == (10, {})
    assert LogEntry.objects.get().payload.count('"content":"burst"') == 1
    assert decision.action == Action.SHOW
    judge_listing(made.listing.pk)
    assert left_out() == (10, {})
    subject = find_content("burst", "maker/chat")
    assert subject is not None
    assert (subject.decision, subject.facts["cleared"]) == (None, True)
    # Those who come after them are judged by themselves.
    for number in range(30, 39):
        made.buy_and_review(number, 1)
    assert left_out() == (19, {})
    undo_decision(moderator=moderator, pk=decision.pk)
    assert left_out()[1] == {"burst": 19}
    assert Case.objects.open().count() == 1  # which came of the crowd that it is again


def test_what_is_confirmed_stays_out_though_it_is_no_crowd_any_more(made: Model, moderator: User, case: Case) -> None:
    decision = decided(moderator, case, REFUSE)
    review = made.listing.reviews.get(author=address(19))
    withdraw_review(user=person(19), key=review.key)
    assert left_out() == (0, {"burst": 9})
    # But whoever really uses the model counts.
    used = {"version": "1.0.0", "tokens": 5_000, "calls": 9, "first_at": NOW, "last_at": NOW}
    Use.objects.create(address=address(10), listing=made.listing, **used)
    judge_listing(made.listing.pk)
    assert left_out() == (1, {"burst": 8})
    undo_decision(moderator=moderator, pk=decision.pk)
    assert left_out() == (9, {})


def test_a_confirmed_burst_is_counted_after_all_later(moderator: User, case: Case) -> None:
    decided(moderator, case, REFUSE)
    with pytest.raises(AlreadyDecidedError):
        decide_case(moderator=moderator, pk=again(case).pk, wish=REFUSE)
    decided(moderator, again(case), COUNT)
    assert left_out() == (10, {})


def again(case: Case) -> Case:
    Case.objects.filter(pk=case.pk).update(closed_at=None)
    return case


def test_no_action_leaves_it_to_the_formula(moderator: User, case: Case) -> None:
    decided(moderator, case, Wish(Action.NOTHING, reason="Left out as it is."))
    assert left_out() == (0, {"burst": 10})


def test_nobody_decides_about_a_burst_that_they_are_part_of(made: Model, case: Case) -> None:
    with pytest.raises(OwnCaseError):
        claim_case(moderator=make_moderator(address(10)), pk=case.pk)


def test_a_later_crowd_is_a_case_of_its_own(made: Model, moderator: User, case: Case) -> None:
    decided(moderator, case, COUNT)
    # More than the ten of before make usual, and the first ten still count.
    for number in range(100, 150):
        made.buy_and_review(number, 1)
    count, out = left_out()
    assert (count, out) == (10, {"burst": 50})
    later = Case.objects.open().get()
    assert (later.pk > case.pk, later.content) == (True, "burst")
    decided(moderator, later, REFUSE)
    assert left_out() == (10, {"burst": 50})


def test_nobody_reports_one(case: Case) -> None:
    with pytest.raises(ReportedContentNotFoundError):
        find_reported("burst", "maker/chat")


@pytest.mark.parametrize("key", ["maker/chat", "maker/none", "nonsense", "\x00"])
def test_where_there_is_none_there_is_no_subject(made: Model, key: str) -> None:
    assert find_content("burst", key) is None


def test_its_case_takes_six_queries_and_names_what_can_be_done(
    client: Client, moderator: User, case: Case, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(moderator)
    with django_assert_max_num_queries(6):
        page = client.get(f"/moderation/cases/{case.pk}").text
    for said in ("10 reviews of maker/chat at once", "Leave these reviews out", "Count these reviews after all"):
        assert said in page
    asked = {"action": "show", "reason": "They came from a class."}
    assert "Counts these reviews in the score" in client.get(f"/moderation/cases/{case.pk}/effects", asked).text
