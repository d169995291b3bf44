"""Telling people what became of their reports and appeals, when a moderator has decided about a case."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from accounts.notifications.making import notify
from common.queue import enqueue
from marketplace.ground.cases import Case
from marketplace.ground.decisions import ModerationDecision

from .kinds import APPEAL_DECIDED, REPORT_DECIDED
from .models import Appeal, Outcome, Report
from .statements import is_measure, restores

MAIL = "marketplace.reports.tasks.mail_outcome"


@transaction.atomic
def tell_outcome(case: Case, decision: ModerationDecision) -> int:
    """Note what became of a case's reports, and of its appeal, and tell those who sent them; return how many.

    It belongs into the transaction of the decision that closes the case. Who was told is not told again.
    """
    if case.appealed_id is not None:
        return _answer_appeal(case, decision)
    outcome = Outcome.UPHELD if is_measure(decision) else Outcome.REJECTED
    reports = Report.objects.filter(case=case, outcome=Outcome.OPEN)
    return _settle(list(reports.select_for_update(of=("self",))), outcome, decision)


tell_reporters = tell_outcome


@transaction.atomic
def take_back_outcome(*, decision: ModerationDecision) -> None:
    """Let reports and an appeal wait again, as they did before a decision that was taken back at once."""
    waiting = {"outcome": Outcome.OPEN, "decision": None, "decided_at": None}
    Appeal.objects.filter(decision=decision).update(**waiting)
    overturned = Report.objects.filter(decision=decision, outcome=Outcome.OVERTURNED)
    overturned.update(outcome=Outcome.UPHELD, decision=decision.undoes_id)
    for report in Report.objects.filter(decision=decision):
        # Who has reported it once more since then has that report waiting, and one is enough.
        with suppress(IntegrityError), transaction.atomic():
            Report.objects.filter(pk=report.pk).update(**waiting)


def _answer_appeal(case: Case, decision: ModerationDecision) -> int:
    """Tell whoever appealed, and the reporters of what was overturned."""
    outcome = Outcome.UPHELD if restores(decision) else Outcome.REJECTED
    waiting = Appeal.objects.filter(case=case, outcome=Outcome.OPEN).select_related("statement")
    told = 0
    for appeal in waiting.select_for_update(of=("self",)):
        appeal.outcome, appeal.decision, appeal.decided_at = outcome, decision, timezone.now()
        appeal.save(update_fields=["outcome", "decision", "decided_at"])
        told += _tell_appellant(appeal, decision)
    if outcome == Outcome.UPHELD:
        upheld = Report.objects.filter(decision=case.appealed_id, outcome=Outcome.UPHELD)
        told += _settle(list(upheld.select_for_update(of=("self",))), Outcome.OVERTURNED, decision)
    return told


def _tell_appellant(appeal: Appeal, decision: ModerationDecision) -> int:
    statement = appeal.statement
    user = User.objects.filter(address=statement.recipient).first()
    if user is None:
        return 0
    data = {
        "title": statement.title,
        "statement": str(statement.public_id),
        "outcome": appeal.outcome,
        "reason": decision.reason,
    }
    key = f"{appeal.pk}:{appeal.outcome}"
    return notify(user=user, kind=APPEAL_DECIDED.name, key=key, data=data, happened_at=decision.made_at)


def _settle(reports: list[Report], outcome: Outcome, decision: ModerationDecision) -> int:
    """Write the outcome into reports, and tell members by the notification centre and others by mail."""
    now = timezone.now()
    for report in reports:
        report.outcome, report.decision, report.decided_at = outcome, decision, now
    Report.objects.bulk_update(reports, ["outcome", "decision", "decided_at"])
    for report in reports:
        if report.mail:
            enqueue(MAIL, report.pk, outcome.value)
    return _tell_members([report for report in reports if report.reporter], decision) + sum(
        bool(report.mail) for report in reports
    )


def _tell_members(reports: Iterable[Report], decision: ModerationDecision) -> int:
    by_address = {report.reporter: report for report in reports}
    told = 0
    for user in User.objects.filter(address__in=by_address):
        report = by_address[user.address]
        data = {"title": report.title or report.key, "report": report.pk, "outcome": report.outcome}
        key = f"{report.pk}:{report.outcome}"
        told += notify(user=user, kind=REPORT_DECIDED.name, key=key, data=data, happened_at=decision.made_at)
    return told
