"""Decisions: what each does, who has to agree, and how they are taken back."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.errors import NotAModeratorError
from accounts.models import User
from accounts.notifications.models import Notice
from accounts.restrictions import RestrictedError, Restriction, Scope, refuse_restricted
from common.errors import DomainError
from marketplace.ground.cases import Answer, Case, PendingDecision, Priority, Source, open_case
from marketplace.ground.decisions import Action, Category, Content, ModerationDecision
from marketplace.ground.errors import OwnCaseError
from marketplace.ground.log import LogEntry
from marketplace.listings.models import Listing
from marketplace.moderation.claiming import claim_case, open_own_case
from marketplace.moderation.deciding import confirm_decision, decide_case, decline_decision
from marketplace.moderation.errors import (
    AlreadyDecidedError,
    CaseClosedError,
    ClaimedByAnotherError,
    IncompleteError,
    NothingPendingError,
    NotOfferedError,
    SameJudgeError,
    SecondWantedError,
    TooLateToUndoError,
    WaitsForSecondError,
)
from marketplace.moderation.undoing import end_overdue, undo_decision
from marketplace.moderation.wishes import Wish
from marketplace.reports.appealing import appeal_decision
from marketplace.reports.models import Appeal, Outcome, ReasonStatement, Report
from tests.factories.marketplace import listing as make_listing
from tests.moderators import decided_by_two, forget_decisions, forget_moderators, make_moderator, take_role

NAME = "acme/tiny-embed"
WHY = "It is not what it says."
LABEL = Wish(Action.LABEL, Category.DECEPTIVE, reason=WHY)
HIDE = Wish(Action.HIDE, Category.SPAM, reason=WHY)
MALWARE = Wish(Action.HIDE, Category.MALWARE, reason=WHY)
SHOW = Wish(Action.SHOW, reason="It was put right.")
NOTHING = Wish(Action.NOTHING, reason="Nothing is wrong with it.")


@pytest.fixture
def people(db: None) -> list[User]:
    return [make_moderator(f"0x{n:040x}") for n in (1, 2, 3)]


@pytest.fixture
def owner(listing: Listing) -> User:
    user = User.objects.create(address="0x" + "e" * 40)
    listing.owner.user, listing.owner.is_reserved = user, False
    listing.owner.save()
    return user


@pytest.fixture
def listing(db: None) -> Listing:
    return make_listing(NAME)


def reported(**given: Any) -> Case:
    about = {"content": Content.LISTING, "key": NAME, "source": Source.REPORT, "priority": Priority.LOW}
    return open_case(**{**about, "summary": "It is spam.", **given})


def decide(user: User, wish: Wish, case: Case | None = None, **options: Any) -> Any:
    case = case or open_own_case(moderator=user, content=Content.LISTING, key=NAME)
    return decide_case(moderator=user, pk=case.pk, wish=wish, **options)


def now() -> Listing:
    return Listing.objects.get(name=NAME)


def test_each_decision_does_what_it_says_closes_its_case_and_stands_in_the_log(
    listing: Listing, owner: User, people: list[User]
) -> None:
    label = decide(people[0], LABEL)
    assert (now().label, now().suspension) == (label, None)
    hidden = decide(people[0], HIDE)
    assert (now().label, now().suspension) == (label, hidden)
    decide(people[0], SHOW)
    assert (now().label, now().suspension) == (None, None)  # both are taken back, by a row each
    assert decide(people[0], NOTHING).undoes is None
    assert not Case.objects.open().exists()
    undone = ModerationDecision.objects.filter(action=Action.SHOW).values_list("undoes", flat=True)
    assert set(undone) == {label.pk, hidden.pk}
    assert LogEntry.objects.count() == ModerationDecision.objects.count() == 5
    assert ReasonStatement.objects.to(owner.address).count() == 2
    assert not ReasonStatement.objects.filter(lifted_at=None).exists()


def test_a_decision_needs_what_belongs_to_it(listing: Listing, people: list[User]) -> None:
    case = reported()
    refused: list[tuple[Wish, type[DomainError]]] = [
        (Wish(Action.HIDE, reason=WHY), IncompleteError),
        (Wish(Action.HIDE, "nonsense", reason=WHY), IncompleteError),
        (SHOW, AlreadyDecidedError),
        (Wish(Action.SUSPEND, Category.SPAM, reason=WHY, days=7), NotOfferedError),  # it is on no chain
        (Wish(Action.PAUSE, Category.SPAM, reason=WHY, days=7, scopes=("writing",)), NotOfferedError),
    ]
    for wish, error in refused:
        with pytest.raises(error):
            decide(people[0], wish, case)
    with pytest.raises(NotAModeratorError):
        decide(User.objects.create(address="0x" + "9" * 40), NOTHING, case)
    claim_case(moderator=people[1], pk=case.pk)
    with pytest.raises(ClaimedByAnotherError):
        decide(people[0], NOTHING, case)
    decide(people[1], NOTHING, case)
    with pytest.raises(CaseClosedError):
        decide(people[1], NOTHING, case)
    assert ModerationDecision.objects.count() == 1


def test_what_weighs_most_waits_for_a_second_moderator(listing: Listing, owner: User, people: list[User]) -> None:
    one, two, _three = people
    case = reported(category=Category.MALWARE)
    asked = decide(one, MALWARE, case, meanwhile=True)
    assert isinstance(asked, PendingDecision)
    assert asked.meanwhile
    assert now().suspension == asked.meanwhile  # hidden for a day, by one
    assert asked.meanwhile.until
    assert asked.meanwhile.until - timezone.now() <= timedelta(hours=24)
    assert Notice.objects.filter(user=two, kind="second-moderator").count() == 1
    assert not Notice.objects.filter(user=one, kind="second-moderator").exists()
    with pytest.raises(WaitsForSecondError):
        decide(two, NOTHING, case)
    with pytest.raises(SecondWantedError):
        confirm_decision(moderator=one, pk=case.pk, pending=asked.pk)
    with pytest.raises(NothingPendingError):
        confirm_decision(moderator=two, pk=case.pk, pending=asked.pk + 1)
    made = confirm_decision(moderator=two, pk=case.pk, pending=asked.pk)
    assert (made.moderator, made.confirmed_by, made.until) == (one.address, two.address, None)
    assert now().suspension == made
    case.refresh_from_db()
    asked.refresh_from_db()
    assert case.closed_at
    assert (asked.answer, asked.decision) == (Answer.CONFIRMED, made)
    with pytest.raises(CaseClosedError):
        confirm_decision(moderator=two, pk=case.pk, pending=asked.pk)
    assert end_overdue(timezone.now() + timedelta(days=2)) == 0  # what hid it for a day was replaced


def test_the_database_itself_refuses_that_one_moderator_is_both(listing: Listing, people: list[User]) -> None:
    asked = decide(people[0], MALWARE)
    with pytest.raises(IntegrityError, match="pending_by_another"), transaction.atomic():
        PendingDecision.objects.filter(pk=asked.pk).update(answer=Answer.CONFIRMED, answered_by=people[0].address)
    row = {"content": "listing", "key": NAME, "action": "hide", "category": "spam", "reason": WHY}
    with pytest.raises(IntegrityError, match="decision_confirmed_by_another"), transaction.atomic():
        ModerationDecision.objects.create(**row, moderator="0x1", confirmed_by="0x1")


def test_a_second_moderator_declines_and_what_was_hidden_is_shown(listing: Listing, people: list[User]) -> None:
    case = reported()
    asked = decide(people[0], MALWARE, case, meanwhile=True)
    decline_decision(moderator=people[1], pk=case.pk, pending=asked.pk, reason="It is a false alarm.")
    assert now().suspension is None
    case.refresh_from_db()
    assert (case.pending, case.closed_at, case.holder) == (None, None, "")
    # Whoever asked may also take it back.
    again = decide(people[0], MALWARE, case)
    assert now().suspension is None
    decline_decision(moderator=people[0], pk=case.pk, pending=again.pk, reason="")
    answers = PendingDecision.objects.order_by("pk").values_list("answer", flat=True)
    assert list(answers) == [Answer.DECLINED, Answer.WITHDRAWN]


def test_without_a_second_it_is_shown_again_after_a_day(listing: Listing, people: list[User]) -> None:
    asked = decide(people[0], MALWARE, meanwhile=True)
    assert end_overdue() == 0
    later = timezone.now() + timedelta(hours=25)
    assert (end_overdue(later), end_overdue(later)) == (1, 0)
    assert now().suspension is None
    shown = ModerationDecision.objects.get(undoes=asked.meanwhile)
    assert (shown.automated, shown.moderator) == (True, "")
    assert Case.objects.open().exclude(pending=None).count() == 1  # and still waits


def test_a_pause_of_an_account_holds_for_what_it_says_until_it_is_lifted(people: list[User]) -> None:
    one, two, _three = people
    user = User.objects.create(address="0x" + "e" * 40)
    case = open_own_case(moderator=one, content=Content.ACCOUNT, key=user.address)
    for scopes, error in (((), IncompleteError), (("breathing",), NotOfferedError)):
        with pytest.raises(error):
            decide_case(moderator=one, pk=case.pk, wish=Wish(Action.PAUSE, Category.SPAM, "", WHY, 7, scopes))
    with pytest.raises(NotOfferedError):
        decide_case(moderator=one, pk=case.pk, wish=HIDE)
    pause = Wish(Action.PAUSE, Category.SPAM, reason=WHY, days=7, scopes=("writing", "reviewing"))
    made = decided_by_two(one, two, Content.ACCOUNT, user.address, pause)
    assert made.scopes == ["reviewing", "writing"]
    refuse_restricted(user.address, Scope.PUBLISHING)
    for scope in (Scope.WRITING, Scope.REVIEWING):
        with pytest.raises(RestrictedError) as refused:
            refuse_restricted(user.address, scope)
        assert refused.value.data["decision"] == made.pk
    case = open_own_case(moderator=two, content=Content.ACCOUNT, key=user.address)
    decide_case(moderator=two, pk=case.pk, wish=SHOW)
    refuse_restricted(user.address, Scope.WRITING)
    assert Restriction.objects.exclude(lifted_at=None).count() == 2


def test_within_ten_minutes_a_decision_is_undone_and_its_case_open_again(
    listing: Listing, owner: User, people: list[User]
) -> None:
    hidden = decide(people[0], HIDE)
    with pytest.raises(TooLateToUndoError):
        undo_decision(moderator=people[1], pk=hidden.pk)  # it is not theirs
    undone = undo_decision(moderator=people[0], pk=hidden.pk)
    assert (undone.action, undone.undoes) == (Action.SHOW, hidden)
    assert now().suspension is None
    case = Case.objects.open().get()
    assert case.holder == people[0].address
    for made in (hidden, undone):  # neither twice, nor in turn
        with pytest.raises(TooLateToUndoError):
            undo_decision(moderator=people[0], pk=made.pk)
    again = decide(people[0], HIDE, case)
    later = timezone.now() + timedelta(minutes=11)
    with pytest.raises(TooLateToUndoError):
        undo_decision(moderator=people[0], pk=again.pk, now=later)
    take_role(people[0].address)
    with pytest.raises(NotAModeratorError):
        undo_decision(moderator=people[0], pk=again.pk)


def test_undoing_what_showed_something_hides_it_again_as_before(listing: Listing, people: list[User]) -> None:
    hidden = decided_by_two(people[0], people[1], Content.LISTING, NAME, MALWARE)
    shown = decide(people[2], SHOW)
    again = undo_decision(moderator=people[2], pk=shown.pk)
    assert now().suspension == again
    assert (again.category, again.reason, again.undoes) == (Category.MALWARE, WHY, shown)
    assert hidden.pk != again.pk
    assert again.confirmed_by == people[1].address


def test_an_appeal_is_decided_by_somebody_else_and_overturns(listing: Listing, owner: User, people: list[User]) -> None:
    one, two, three = people
    reporter = User.objects.create(address="0x" + "f" * 40)
    case = reported()
    about = {"content": Content.LISTING, "key": NAME, "category": Category.MALWARE, "text": "It opens a shell."}
    report = Report.objects.create(**about, reporter=reporter.address, case=case)
    asked = decide(one, MALWARE, case)
    hidden = confirm_decision(moderator=two, pk=case.pk, pending=asked.pk)
    report.refresh_from_db()
    assert report.outcome == Outcome.UPHELD
    statement = ReasonStatement.objects.get()
    appeal = appeal_decision(user=owner, public_id=str(statement.public_id), text="It is a test file.")
    assert appeal.case.priority == Priority.HIGH
    for judge in (one, two):
        with pytest.raises(SameJudgeError):
            claim_case(moderator=judge, pk=appeal.case.pk)
        with pytest.raises(SameJudgeError):
            decide(judge, SHOW, appeal.case)
    make_moderator(owner.address)
    with pytest.raises(OwnCaseError):
        decide(owner, SHOW, appeal.case)
    shown = decide(three, SHOW, appeal.case)
    assert shown.undoes == hidden
    assert now().suspension is None
    assert Appeal.objects.get().outcome == Outcome.UPHELD
    report.refresh_from_db()
    assert report.outcome == Outcome.OVERTURNED


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[User]]:
    """A listing and moderators that other threads see; taken back afterwards."""
    with django_db_blocker.unblock():
        owner = make_listing("race/decision").owner
        moderators = [make_moderator(f"0x{n:040x}") for n in range(1, 6)]
        try:
            yield moderators
        finally:
            Notice.objects.all().delete()
            forget_decisions()
            Listing.objects.filter(owner=owner).delete()
            owner.delete()
            forget_moderators(moderators)


def at_once(*presses: Any) -> list[object]:
    def press(action: Any) -> object:
        try:
            return action()
        except DomainError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(presses)) as threads:
        return list(threads.map(press, presses))


def test_everything_is_done_once_however_many_press(committed: list[User]) -> None:
    one, two, three, *_ = committed

    def opened() -> Case:
        return open_own_case(moderator=one, content=Content.LISTING, key="race/decision")

    case = opened()
    found = at_once(*[lambda: decide_case(moderator=one, pk=case.pk, wish=HIDE)] * 4)
    assert sum(isinstance(each, CaseClosedError) for each in found) == 3
    hidden = ModerationDecision.objects.get()
    found = at_once(*[lambda: undo_decision(moderator=one, pk=hidden.pk)] * 4)
    assert sum(isinstance(each, TooLateToUndoError) for each in found) == 3
    case = opened()
    found = at_once(*[lambda: decide_case(moderator=one, pk=case.pk, wish=MALWARE, meanwhile=True)] * 4)
    assert sum(isinstance(each, WaitsForSecondError) for each in found) == 3
    asked = PendingDecision.objects.get()
    found = at_once(
        *[lambda: confirm_decision(moderator=two, pk=case.pk, pending=asked.pk)] * 2,
        *[lambda: decline_decision(moderator=three, pk=case.pk, pending=asked.pk, reason="")] * 2,
    )
    assert sum(isinstance(each, DomainError) for each in found) == 3
    assert list(LogEntry.objects.order_by("number").values_list("number", flat=True)) == list(
        range(1, ModerationDecision.objects.count() + 1)
    )
