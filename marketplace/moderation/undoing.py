"""Taking decisions back: by who made them, within ten minutes, and by the clock, where they held for a time only.

Nothing is deleted: what takes a decision back is another one, which names the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.moderators import refuse_others
from marketplace.ground.cases import Answer, Case, CaseStep, PendingDecision, Step
from marketplace.ground.contents import Subject, find_content, kind_of
from marketplace.ground.decisions import LIMITING, TO_UNDO, Action, ModerationDecision
from marketplace.reports.outcomes import take_back_outcome

from .claiming import gone
from .errors import TooLateToUndoError
from .parties import refuse_own_case
from .recording import in_force, record, restored
from .wishes import Wish

AT_ONCE = 200  # decisions whose time ran out, in one run
LOOKED_BACK = timedelta(days=60)


@transaction.atomic
def undo_decision(*, moderator: User, pk: int, now: datetime | None = None) -> ModerationDecision:
    """Take a decision back that one took part in less than ten minutes ago; its case is open again.

    Raises NotAModeratorError, TooLateToUndoError, OwnCaseError.
    """
    refuse_others(moderator)
    decision = ModerationDecision.objects.select_related("undoes").filter(pk=pk).first()
    if decision is None or not may_undo(decision, moderator.address, now):
        raise TooLateToUndoError
    kind = kind_of(decision.content)
    if kind:
        kind.lock(decision.key)
    # Only now, because of two presses at once the second has waited here.
    if ModerationDecision.objects.filter(undoes=decision).exists():
        raise TooLateToUndoError
    subject = find_content(decision.content, decision.key) or gone(decision.content, decision.key)
    refuse_own_case(moderator, subject)
    if not _stands(decision, subject):
        raise TooLateToUndoError
    made = _taken_back(decision, moderator, subject)
    take_back_outcome(decision=decision)
    _open_again(decision, moderator)
    return made


def may_undo(decision: ModerationDecision, address: str, now: datetime | None = None) -> bool:
    """Say whether somebody may take a decision back now, unless that was done already."""
    took_part = address in (decision.moderator, decision.confirmed_by)
    is_fresh = decision.made_at > (now or timezone.now()) - TO_UNDO
    # What took something back within the time for it is not taken back in turn: its case is open again.
    before = decision.undoes
    took_back = (
        before is not None
        and decision.moderator in (before.moderator, before.confirmed_by)
        and before.made_at > decision.made_at - TO_UNDO
    )
    return took_part and is_fresh and not took_back


def _stands(decision: ModerationDecision, subject: Subject) -> bool:
    """Say whether a content is as a decision left it: what was decided since is not replaced by what was before."""
    if decision.action in LIMITING:
        return in_force(decision, subject)
    before = decision.undoes
    if before is None or before.action not in LIMITING:
        return True
    held = subject.labelled if before.action == Action.LABEL else subject.decision
    return held is None and not subject.facts.get("is_gone")


def _taken_back(decision: ModerationDecision, moderator: User, subject: Subject) -> ModerationDecision:
    reason = _("Taken back within ten minutes.")
    by = {"moderator": moderator.address}
    if decision.action in LIMITING:
        return restored(decision.case, subject, decision, reason=reason, **by)
    before = decision.undoes
    # What a rule of ours had done it does again by itself, with a statement of its own.
    if before is None or before.automated:
        kind = kind_of(subject.content)
        if decision.action == Action.SHOW and kind and kind.clear:
            kind.clear(subject.key, None)
        return record(decision.case, Wish(Action.NOTHING, reason=reason), subject, undoes=decision, **by)
    # What it showed again is as it was before, for the reason that was given then.
    again = Wish(Action(before.action), before.category, before.rule, before.reason, 0, before.scopes)
    second = before.confirmed_by if before.confirmed_by != moderator.address else before.moderator
    return record(decision.case, again, subject, undoes=decision, confirmed_by=second, until=before.until, **by)


def _open_again(decision: ModerationDecision, moderator: User) -> None:
    case = Case.objects.select_for_update(of=("self",)).filter(decisions=decision).exclude(closed_at=None).first()
    if case is None:
        return
    case.closed_at, case.claimed_by, case.claimed_at = None, moderator.address, timezone.now()
    try:
        with transaction.atomic():
            case.save(update_fields=["closed_at", "claimed_by", "claimed_at"])
    except IntegrityError:  # another case about the same thing has been opened meanwhile
        return
    CaseStep.objects.create(case=case, step=Step.REOPENED, by=moderator.address)


def end_overdue(now: datetime | None = None) -> int:
    """Show again what was hidden until a time that has come; return how much that was."""
    return sum(1 for pk in list(_overdue(now or timezone.now())) if _ended(pk))


def _overdue(now: datetime) -> Iterator[int]:
    # What a second moderator confirmed was replaced by that decision, and nothing is left of it to be ended.
    replaced = PendingDecision.objects.filter(meanwhile=OuterRef("pk"), answer=Answer.CONFIRMED)
    due = ModerationDecision.objects.filter(until__range=(now - LOOKED_BACK, now), undone_by=None, tx_hash="")
    found = due.filter(~Exists(replaced)).exclude(action=Action.PAUSE).order_by("until").values_list("pk", flat=True)
    return iter(found[:AT_ONCE])


@transaction.atomic
def _ended(pk: int) -> bool:
    decision = ModerationDecision.objects.get(pk=pk)
    kind = kind_of(decision.content)
    if kind is None:
        return False
    kind.lock(decision.key)
    subject = find_content(decision.content, decision.key)
    if subject is None or not in_force(decision, subject):
        return False
    reason = _("The time for which this was decided is over.")
    restored(decision.case, subject, decision, reason=reason, automated=True)
    return True
