"""Writing decisions down, and what follows from each at once: what is hidden, said or paused, and who hears of it."""

from __future__ import annotations

from typing import Any

import structlog
from django.db import transaction

from marketplace.ground.cases import Case
from marketplace.ground.contents import Kind, Subject, kind_of
from marketplace.ground.decisions import Action, ModerationDecision

from .errors import ContentGoneError
from .telling import tell_decided
from .wishes import Wish

log = structlog.get_logger("moderation")


def record(case: Case | None, wish: Wish, subject: Subject, **columns: Any) -> ModerationDecision:
    """Write a decision about a locked content, and do what it says. ``columns`` are more of its row.

    One that shows something again takes back what hides or labels it.
    """
    if wish.action == Action.SHOW:
        return _shown(case, wish, subject, **columns)
    columns.setdefault("until", wish.until())
    decision = _written(case, wish, subject, **columns)
    _do(decision, subject)
    tell_decided(decision)
    return decision


def restored(
    case: Case | None, subject: Subject, undone: ModerationDecision, *, reason: str, **columns: Any
) -> ModerationDecision:
    """Write that something is as it was before a decision, and have it be so."""
    wish = Wish(Action.SHOW, reason=reason)
    decision = _written(case, wish, subject, undoes=undone, **columns)
    kind = _kind(subject)
    if subject.labelled == undone and kind.label:
        kind.label(subject.key, None)
    if subject.decision == undone:
        kind.mark(subject.key, None)
    tell_decided(decision)
    return decision


def _shown(case: Case | None, wish: Wish, subject: Subject, **columns: Any) -> ModerationDecision:
    """Take back what hides something, and what labels it; return the decision, or the first of the two."""
    made = [
        restored(case, subject, undone, reason=wish.reason, rule=wish.rule, **columns)
        for undone in (subject.decision, subject.labelled)
        if undone
    ]
    if not made:  # it is suspended on chain alone, or left out by a rule of ours
        made = [_written(case, wish, subject, **columns)]
        tell_decided(made[0])
    if (clear := _kind(subject).clear) is not None:
        clear(subject.key, made[0])
    return made[0]


def _written(case: Case | None, wish: Wish, subject: Subject, **columns: Any) -> ModerationDecision:
    decision = ModerationDecision.objects.create(
        **{
            "content": subject.content,
            "key": subject.key,
            "action": wish.action,
            "category": wish.category,
            "rule": wish.rule,
            "reason": wish.reason,
            "scopes": list(wish.scopes),
            "case": case,
            **columns,
        }
    )
    about = {"content": decision.content, "key": decision.key, "action": decision.action, "decision": decision.pk}
    # After the commit: a log line about a decision that was rolled back would be false.
    transaction.on_commit(lambda: log.info("decided", **about, moderator=decision.moderator))
    return decision


def _do(decision: ModerationDecision, subject: Subject) -> None:
    kind = _kind(subject)
    if decision.action == Action.LABEL and kind.label:
        kind.label(subject.key, decision)
    elif decision.action in (Action.HIDE, Action.SUSPEND, Action.PAUSE):
        kind.mark(subject.key, decision)


def _kind(subject: Subject) -> Kind:
    kind = kind_of(subject.content)
    if kind is None:
        raise ContentGoneError
    return kind


def in_force(decision: ModerationDecision, subject: Subject) -> bool:
    """Say whether a content is as a decision left it."""
    return decision in (subject.decision, subject.labelled)
