"""Appealing against a decision: once, within 180 days, to somebody else than who decided."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from common.locks import exclusive_until_commit
from common.text import clean_text
from marketplace.ground.cases import Case, Priority, Source, open_case
from marketplace.ground.decisions import Content

from .errors import AppealedError, AppealLateError, AppealLiftedError, NothingWrittenError, StatementNotFoundError
from .models import MOST_TEXT, Appeal, ReasonStatement


@transaction.atomic
def appeal_decision(*, user: User, public_id: str, text: str) -> Appeal:
    """Have somebody else look at a decision again; the same text sent twice is one appeal.

    Raises StatementNotFoundError, NothingWrittenError, AppealLateError, AppealLiftedError, AppealedError.
    """
    text = clean_text(text)
    if not text or len(text) > MOST_TEXT:
        raise NothingWrittenError
    exclusive_until_commit(f"appeal:{public_id}")
    found = ReasonStatement.objects.filter(public_id=public_id, recipient=user.address).select_related("decision")
    statement = found.first()
    if statement is None:
        raise StatementNotFoundError
    sent = Appeal.objects.filter(statement=statement).first()
    if sent:
        if sent.text != text:
            raise AppealedError
        return sent
    if timezone.now() > statement.appeal_until:
        raise AppealLateError
    if statement.lifted_at:
        raise AppealLiftedError
    return Appeal.objects.create(statement=statement, text=text, case=_case_of(statement, text))


def _case_of(statement: ReasonStatement, text: str) -> Case:
    decision = statement.decision
    return open_case(
        content=Content(decision.content),
        category=decision.category,
        key=decision.key,
        source=Source.APPEAL,
        # What can no longer be used at all is looked at first.
        priority=Priority.HIGH if decision.stops_use else Priority.MEDIUM,
        summary=" ".join(text.split()),
        facts={"statement": str(statement.public_id)},
        appealed=decision,
    )


def may_decide_appeal(moderator: User, case: Case) -> bool:
    """Say whether a moderator may decide about a case, as far as it is an appeal: not against what they decided."""
    if case.appealed is None:
        return True
    decided = {case.appealed.moderator, case.appealed.confirmed_by}
    return moderator.address.lower() not in {address.lower() for address in decided if address}
