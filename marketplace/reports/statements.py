"""Telling an owner what was decided about what is theirs, and why (DSA, article 17)."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.notifications.making import notify
from marketplace.ground.contents import Subject, find_content
from marketplace.ground.decisions import LIMITING, Action, Category, Content, ModerationDecision
from marketplace.ground.rules import rule_of

from .kinds import LIFTED, STATEMENT
from .models import ReasonStatement, Report

PERSONAL = (Content.PROFILE, Content.ACCOUNT)  # their key is the address of whom they are about


def is_measure(decision: ModerationDecision) -> bool:
    """Say whether a decision restricts something."""
    return decision.action in LIMITING


def restores(decision: ModerationDecision) -> bool:
    """Say whether a decision gives something back."""
    return decision.action == Action.SHOW


@transaction.atomic
def issue_statement(decision: ModerationDecision, *, facts: str = "") -> ReasonStatement | None:
    """Tell whose it is what was decided; return the statement of reasons where something was restricted.

    It belongs into the decision's own transaction, after what it does to the content. A decision has one statement;
    nobody is told where nobody answers for the content.
    """
    if restores(decision):
        _tell_lifted(decision)
        return None
    if not is_measure(decision):
        return None
    subject = find_content(decision.content, decision.key)
    recipient = decision.key.lower() if decision.content in PERSONAL else (subject.author if subject else "")
    if not recipient:
        return None
    statement, is_new = ReasonStatement.objects.get_or_create(
        decision=decision, defaults=_said(decision, subject, facts) | {"recipient": recipient.lower()}
    )
    if is_new:
        _notify(statement, STATEMENT.name)
    return statement


def _said(decision: ModerationDecision, subject: Subject | None, facts: str) -> dict[str, object]:
    default = rule_of(decision.category)
    return {
        "title": (subject.title if subject else decision.key)[:200],
        "path": subject.path[:300] if subject else "",
        "rule": decision.rule or (default.number if default else ""),
        "is_unlawful": decision.category == Category.UNLAWFUL,
        "facts": facts,
        "was_reported": Report.objects.counted().filter(content=decision.content, key=decision.key).exists(),
        "automated": decision.automated,
        "until": decision.until,
        "made_at": decision.made_at,
    }


def _tell_lifted(decision: ModerationDecision) -> None:
    """Note in the statements in force about a content that it was given back, and tell whose it is."""
    about = {"decision__content": decision.content, "decision__key": decision.key}
    undone = decision.undoes_id
    found = ReasonStatement.objects.filter(lifted_at=None, **({"decision": undone} if undone else about))
    for statement in found.select_for_update(of=("self",)):
        statement.lifted_at = timezone.now()
        statement.save(update_fields=["lifted_at"])
        _notify(statement, LIFTED.name, key=str(decision.pk))


def _notify(statement: ReasonStatement, kind: str, key: str = "") -> None:
    user = User.objects.filter(address=statement.recipient).first()
    if user:
        data = {"title": statement.title, "statement": str(statement.public_id), "automated": statement.automated}
        notify(user=user, kind=kind, key=key or str(statement.pk), data=data, happened_at=statement.made_at)
