"""What owners and reporters are told of a decision, and what an appeal does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.models import User
from accounts.notifications.kinds import shown
from accounts.notifications.models import Notice
from marketplace.ground.cases import Case, Priority, Source
from marketplace.ground.decisions import Action, Category, Content
from marketplace.reports import confirming, mailing
from marketplace.reports.appealing import appeal_decision, may_decide_appeal
from marketplace.reports.errors import (
    AppealedError,
    AppealLateError,
    AppealLiftedError,
    NothingWrittenError,
    StatementNotFoundError,
)
from marketplace.reports.models import Appeal, Outcome, ReasonStatement, Report
from marketplace.reports.outcomes import take_back_outcome, tell_reporters
from marketplace.reports.reporting import Said, confirm_report, report_by_mail, report_content
from marketplace.reports.statements import issue_statement
from tests import databases
from tests.factories.reports import AUTHOR, KEY, MODERATOR, decide, user

SAID = Said(Category.SPAM, "It advertises something else.")
SECOND = "0x" + "2" * 40


def author() -> User:
    return User.objects.get_or_create(address=AUTHOR)[0]


def told(who: User) -> list[str]:
    return [each.title for each in shown(Notice.objects.filter(user=who).order_by("-pk"))]


@pytest.mark.django_db
def test_the_owner_gets_a_statement_once_and_reporters_hear_the_outcome() -> None:
    by_member = report_content(user=user(), content="comment", key=KEY, said=SAID)
    by_mail = report_by_mail(client="192.0.2.1", mail="a@example.org", content="comment", key=KEY, said=SAID)
    confirm_report(token=confirming.token_of(by_mail))
    case = by_member.case
    assert case
    decision = decide(rule="3.1", until=timezone.now() + timedelta(days=7))
    author()
    statement = issue_statement(decision, facts="Three links to the same shop.")
    assert statement
    assert issue_statement(decision) == statement
    assert (statement.recipient, statement.rule, statement.was_reported) == (AUTHOR, "3.1", True)
    assert statement.until == decision.until
    assert statement.broken_rule
    assert statement.broken_rule.number == "3.1"
    assert told(author()) == ["Moderators have decided about A comment on tiny-embed"]
    assert tell_reporters(case, decision) == 2
    assert tell_reporters(case, decision) == 0
    assert set(Report.objects.values_list("outcome", flat=True)) == {Outcome.UPHELD}
    assert told(user()) == ["Your report of “A comment on tiny-embed” was upheld"]
    mailing.send_outcome(by_mail.pk, Outcome.UPHELD)
    mailing.send_outcome(by_mail.pk, Outcome.REJECTED)  # it is not
    [letter] = mail.outbox
    assert letter.subject == "Your report of “A comment on tiny-embed” was upheld"
    assert decision.reason in letter.body


@pytest.mark.django_db
def test_where_nothing_is_done_only_reporters_are_told() -> None:
    made = report_content(user=user(), content="comment", key=KEY, said=SAID)
    author()
    decision = decide(Action.NOTHING)
    assert made.case
    assert issue_statement(decision) is None
    tell_reporters(made.case, decision)
    assert told(user()) == ["Your report of “A comment on tiny-embed” was not upheld"]
    assert told(author()) == []


@pytest.mark.django_db
def test_a_statement_of_what_was_given_back_says_so_and_is_told() -> None:
    author()
    first, other = issue_statement(decide()), issue_statement(decide(Action.LABEL))
    assert first
    assert other
    assert issue_statement(decide(Action.SHOW, undoes=first.decision)) is None
    first.refresh_from_db()
    other.refresh_from_db()
    assert first.lifted_at
    assert not other.lifted_at
    assert told(author())[0] == "Moderators have lifted a decision about A comment on tiny-embed"
    issue_statement(decide(Action.SHOW))  # all that is in force
    other.refresh_from_db()
    assert other.lifted_at


@pytest.mark.django_db
def test_an_account_answers_for_itself_and_nobody_for_what_is_gone() -> None:
    pause = decide(Action.PAUSE, content=Content.ACCOUNT, key=AUTHOR, scopes=["writing"])
    made = issue_statement(pause)
    assert made
    assert (made.recipient, made.rule) == (AUTHOR, "4.3")
    assert issue_statement(decide(key="another")) is None


@pytest.mark.django_db
def test_an_appeal_is_a_case_for_somebody_else_and_may_be_made_once() -> None:
    made = report_content(user=user(), content="comment", key=KEY, said=SAID)
    assert made.case
    decision = decide(category=Category.UNLAWFUL, confirmed_by=SECOND)
    statement = issue_statement(decision)
    tell_reporters(made.case, decision)
    assert statement
    key = str(statement.public_id)
    for error, who, text in (
        (StatementNotFoundError, user(), "It is not mine."),
        (NothingWrittenError, author(), "\u200b"),
        (NothingWrittenError, author(), "x" * 3_001),
    ):
        with pytest.raises(error):
            appeal_decision(user=who, public_id=key, text=text)
    appeal = appeal_decision(user=author(), public_id=key, text="It is a quote.")
    assert appeal_decision(user=author(), public_id=key, text="It is a quote.") == appeal
    with pytest.raises(AppealedError):
        appeal_decision(user=author(), public_id=key, text="And another thing.")
    case = appeal.case
    assert (case.source, case.appealed, case.priority) == (Source.APPEAL, decision, Priority.HIGH)
    assert not any(may_decide_appeal(User(address=address), case) for address in (MODERATOR, SECOND))
    assert may_decide_appeal(User(address="0x" + "3" * 40), case)
    assert may_decide_appeal(User(address=MODERATOR), made.case)
    assert Report.objects.reporters_of(case) == {user().address}
    # Upheld: what was taken is given back, and who had reported it is told, whose report was not right after all.
    back = decide(Action.SHOW, undoes=decision, moderator="0x" + "3" * 40)
    issue_statement(back)
    assert tell_reporters(case, back) == 2
    assert tell_reporters(case, back) == 0
    appeal.refresh_from_db()
    made.refresh_from_db()
    assert (appeal.outcome, appeal.decision, made.outcome) == (Outcome.UPHELD, back, Outcome.OVERTURNED)
    assert told(author())[0] == "Your appeal about “A comment on tiny-embed” was upheld"
    assert told(user())[0] == "A decision after your report of “A comment on tiny-embed” was overturned on appeal"


@pytest.mark.django_db
def test_an_appeal_that_fails_changes_nothing_for_reporters() -> None:
    made = report_content(user=user(), content="comment", key=KEY, said=SAID)
    decision = decide()
    statement = issue_statement(decision)
    assert made.case
    assert statement
    tell_reporters(made.case, decision)
    appeal = appeal_decision(user=author(), public_id=str(statement.public_id), text="It is a quote.")
    assert tell_reporters(appeal.case, decide(Action.NOTHING, reason="It is no quote.")) == 1
    made.refresh_from_db()
    assert made.outcome == Outcome.UPHELD
    [first, *_] = shown(Notice.objects.filter(user=author()).order_by("-pk"))
    assert first.title == "Your appeal about “A comment on tiny-embed” was not upheld"
    assert first.text == "It is no quote."


@pytest.mark.django_db
def test_what_is_taken_back_at_once_waits_again() -> None:
    made = report_content(user=user(), content="comment", key=KEY, said=SAID)
    decision = decide()
    statement = issue_statement(decision)
    assert made.case
    assert statement
    tell_reporters(made.case, decision)
    appeal = appeal_decision(user=author(), public_id=str(statement.public_id), text="It is a quote.")
    back = decide(Action.SHOW, undoes=decision)
    tell_reporters(appeal.case, back)
    take_back_outcome(decision=back)
    made.refresh_from_db()
    appeal.refresh_from_db()
    assert (appeal.outcome, appeal.decision, appeal.decided_at) == (Outcome.OPEN, None, None)
    assert (made.outcome, made.decision) == (Outcome.UPHELD, decision)
    again = report_content(user=user(), content="comment", key=KEY, said=SAID)
    take_back_outcome(decision=decision)
    made.refresh_from_db()
    assert made.outcome == Outcome.UPHELD  # the other one waits
    again.delete()
    take_back_outcome(decision=decision)
    made.refresh_from_db()
    assert (made.outcome, made.decision) == (Outcome.OPEN, None)


@pytest.mark.django_db
def test_after_180_days_or_once_it_is_lifted_there_is_no_appeal() -> None:
    late, lifted = issue_statement(decide()), issue_statement(decide())
    assert late
    assert lifted
    ReasonStatement.objects.filter(pk=late.pk).update(made_at=timezone.now() - timedelta(days=181))
    with pytest.raises(AppealLateError):
        appeal_decision(user=author(), public_id=str(late.public_id), text="Late.")
    issue_statement(decide(Action.SHOW, undoes=lifted.decision))
    with pytest.raises(AppealLiftedError):
        appeal_decision(user=author(), public_id=str(lifted.public_id), text="Nothing.")
    assert not Appeal.objects.exists()


def test_appeals_and_outcomes_twice_at_once_are_one(migrated_database: str, django_db_blocker: DjangoDbBlocker) -> None:
    name = "appeals_race"
    with django_db_blocker.unblock(), databases.copied(migrated_database, name), databases.named(name):
        made = report_content(user=user(), content="comment", key=KEY, said=SAID)
        decision = decide()
        who, case = author(), made.case
        assert case

        def work(place: int) -> object:
            try:
                if place < 4:
                    return issue_statement(decision)
                return tell_reporters(case, decision)
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(8)))
        statement = ReasonStatement.objects.get()
        assert len(told(user())) == len(told(who)) == 1

        def appeal(place: int) -> str:
            try:
                return str(appeal_decision(user=who, public_id=str(statement.public_id), text=f"Text {place % 2}.").pk)
            except AppealedError:
                return "refused"
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(appeal, range(8)))
        assert answers.count("refused") == 4
        assert Appeal.objects.count() == Case.objects.filter(source=Source.APPEAL).count() == 1
        connection.close()
