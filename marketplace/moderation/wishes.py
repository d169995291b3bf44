"""What a moderator wants to decide: what is offered for a content, and whether it is whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.restrictions import Scope
from common.text import clean_text
from marketplace.ground.contents import Subject, kind_of
from marketplace.ground.decisions import LIMITING, MOST_REASON, Action, Category, Content, is_high_impact

from .errors import DaysError, IncompleteError, NotOfferedError, ReasonMissingError

MOST_DAYS = {Action.SUSPEND: 30, Action.PAUSE: 365}  # of a suspension the contract's own bound
MEANWHILE = timedelta(hours=24)  # the longest that one moderator may hide something until a second answers


@dataclass(frozen=True)
class Wish:
    """A decision that is not made yet. ``days`` is how long it is to last, 0 for ever."""

    action: Action
    category: str = ""
    rule: str = ""
    reason: str = ""
    days: int = 0
    scopes: Sequence[str] = ()

    @property
    def is_high_impact(self) -> bool:
        """Whether a second moderator has to agree."""
        return is_high_impact(self.action, self.category)

    def until(self, now: datetime | None = None) -> datetime | None:
        """Return when it ends, None where it does not."""
        return (now or timezone.now()) + timedelta(days=self.days) if self.days else None


def offered(subject: Subject) -> list[Action]:
    """Return what can be done to a content as it stands now."""
    kind = kind_of(subject.content)
    if kind is None or subject.facts.get("is_gone"):
        return [Action.NOTHING]
    if subject.content == Content.ACCOUNT:
        return [Action.NOTHING, Action.SHOW if subject.decision else Action.PAUSE]
    found = [Action.NOTHING]
    if kind.label and not subject.labelled:
        found.append(Action.LABEL)
    if not subject.decision:
        found.append(Action.HIDE)
        if subject.facts.get("is_sold"):
            found.append(Action.SUSPEND)
    is_left_out = bool(kind.clear) and not subject.facts.get("cleared")  # by a rule of ours, whoever decided
    if subject.decision or subject.labelled or subject.facts.get("suspended_until") or is_left_out:
        found.append(Action.SHOW)
    return found


def checked(wish: Wish, subject: Subject) -> Wish:
    """Return a wish as it is kept. Raises NotOfferedError, IncompleteError, DaysError, ReasonMissingError."""
    reason = clean_text(wish.reason)
    if not reason or len(reason) > MOST_REASON:
        raise ReasonMissingError(limit=MOST_REASON)
    limits = wish.action in LIMITING
    if limits and wish.category not in Category.values:
        raise IncompleteError
    is_account = subject.content == Content.ACCOUNT
    if wish.action in (Action.LABEL, Action.HIDE, Action.SUSPEND) and is_account:
        raise NotOfferedError
    if wish.action == Action.SUSPEND and subject.content != Content.LISTING:
        raise NotOfferedError
    if wish.action == Action.PAUSE:
        if not is_account or not set(wish.scopes) <= set(Scope.values):
            raise NotOfferedError
        if not wish.scopes:
            raise IncompleteError
    most = MOST_DAYS.get(wish.action)
    if most and not 1 <= wish.days <= most:
        raise DaysError
    return replace(
        wish,
        reason=reason,
        category=wish.category if limits else "",
        days=wish.days if most else 0,
        scopes=sorted(set(wish.scopes)) if wish.action == Action.PAUSE else (),
    )
