"""Deciding cases. What has high impact is only asked for here, until a second moderator confirms it."""

from __future__ import annotations

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.moderators import moderates
from common.text import clean_text
from marketplace.ground.cases import Answer, Case, CaseStep, PendingDecision, Step
from marketplace.ground.contents import Subject, kind_of
from marketplace.ground.decisions import MOST_REASON, Action, ModerationDecision
from marketplace.reports.outcomes import tell_outcome

from .claiming import locked_case, subject_of, take
from .errors import (
    AlreadyDecidedError,
    AskerGoneError,
    ContentGoneError,
    NothingPendingError,
    NotOfferedError,
    SecondWantedError,
    WaitsForSecondError,
)
from .parties import has_part_in, refuse_own_case
from .recording import record, restored
from .telling import tell_moderators
from .wishes import MEANWHILE, Wish, checked, offered

log = structlog.get_logger("moderation")


@transaction.atomic
def decide_case(
    *, moderator: User, pk: int, wish: Wish, meanwhile: bool = False
) -> ModerationDecision | PendingDecision:
    """Decide a case; where that has high impact, ask a second moderator, and hide it ``meanwhile``, for a day at most.

    Raises NotAModeratorError, CaseNotFoundError, CaseClosedError, ClaimedByAnotherError, WaitsForSecondError,
    ContentGoneError, OwnCaseError, SameJudgeError, NotOfferedError, AlreadyDecidedError, and as ``checked`` does.
    """
    case = locked_case(moderator, pk)
    if case.pending:
        raise WaitsForSecondError
    subject = _locked_subject(case)
    refuse_own_case(moderator, subject, case)
    take(case, moderator)
    wish = checked(wish, subject)
    _refuse_repeated(wish, subject)
    if wish.is_high_impact:
        return _asked(case, moderator, wish, subject, meanwhile=meanwhile)
    decision = record(case, wish, subject, moderator=moderator.address)
    _close(case, decision)
    return decision


@transaction.atomic
def confirm_decision(*, moderator: User, pk: int, pending: int) -> ModerationDecision:
    """Make what another moderator has asked for, as the second one. ``pending`` is what the page showed.

    Raises NotAModeratorError, CaseNotFoundError, CaseClosedError, NothingPendingError, SecondWantedError,
    ContentGoneError, OwnCaseError, SameJudgeError, AskerGoneError, AlreadyDecidedError.
    """
    case, asked = _locked_pending(moderator, pk, pending)
    if asked.asked_by == moderator.address:
        raise SecondWantedError
    subject = _locked_subject(case)
    if subject.facts.get("is_gone"):
        raise ContentGoneError
    refuse_own_case(moderator, subject, case)
    _refuse_changed(asked, subject)
    wish = Wish(Action(asked.action), asked.category, asked.rule, asked.reason, asked.days, asked.scopes)
    by = {"moderator": asked.asked_by, "confirmed_by": moderator.address}
    # Other decisions take its place. First, so that the case's last decision is the one that was asked for.
    if asked.meanwhile and wish.action == Action.LABEL and subject.decision == asked.meanwhile:
        restored(case, subject, asked.meanwhile, reason=_("The decision that it waited for was made."), **by)
    decision = record(case, wish, subject, **by)
    _answer(asked, Answer.CONFIRMED, moderator, decision=decision)
    CaseStep.objects.create(case=case, step=Step.CONFIRMED, by=moderator.address)
    _close(case, decision)
    return decision


@transaction.atomic
def decline_decision(*, moderator: User, pk: int, pending: int, reason: str) -> Case:
    """Refuse what another moderator has asked for, or take back what one has asked for oneself; the case stays open.

    What was hidden meanwhile is shown again. Raises as ``confirm_decision`` does.
    """
    case, asked = _locked_pending(moderator, pk, pending)
    is_own = asked.asked_by == moderator.address
    subject = _locked_subject(case)
    if not is_own:
        refuse_own_case(moderator, subject, case)
    hidden = asked.meanwhile
    said = clean_text(reason)[:MOST_REASON]
    if hidden and subject.decision == hidden:
        why = _("The decision that it waited for was taken back.") if is_own else _("A second moderator declined it.")
        restored(case, subject, hidden, moderator=moderator.address, reason=said or why)
    _answer(asked, Answer.WITHDRAWN if is_own else Answer.DECLINED, moderator, said=said)
    step = Step.WITHDRAWN if is_own else Step.DECLINED
    CaseStep.objects.create(case=case, step=step, by=moderator.address)
    case.pending, case.claimed_by, case.claimed_at = None, "", None
    case.save(update_fields=["pending", "claimed_by", "claimed_at"])
    return case


def _close(case: Case, decision: ModerationDecision) -> None:
    close_case(case)
    tell_outcome(case, decision)


def close_case(case: Case) -> None:
    """Close a locked case."""
    case.closed_at, case.pending, case.claimed_by, case.claimed_at = timezone.now(), None, "", None
    case.save(update_fields=["closed_at", "pending", "claimed_by", "claimed_at"])


def _locked_subject(case: Case) -> Subject:
    """Return what a case is about, locked. Raises ContentGoneError where nobody decides about its kind."""
    kind = kind_of(case.content)
    if kind is None:
        raise ContentGoneError
    # Locked, so that of two decisions at once the second is told what the first was.
    kind.lock(case.key)
    return subject_of(case)


def _refuse_repeated(wish: Wish, subject: Subject) -> None:
    """Raise AlreadyDecidedError for what is so already, NotOfferedError for what cannot be done."""
    # A later decision does not replace one: "spam" would open again what was hidden as malware.
    if wish.action in offered(subject):
        return
    hides = wish.action in (Action.HIDE, Action.SUSPEND, Action.PAUSE)
    is_so = subject.decision if hides else wish.action == Action.SHOW or subject.labelled
    raise AlreadyDecidedError if is_so else NotOfferedError


def _refuse_changed(asked: PendingDecision, subject: Subject) -> None:
    """Raise AskerGoneError where who asked may not decide any more, AlreadyDecidedError where others have, since."""
    asker = User.objects.filter(address=asked.asked_by, is_active=True).first()
    if asker is None or not moderates(asker.address).exists() or has_part_in(asker, subject):
        raise AskerGoneError
    held = subject.labelled if asked.action == Action.LABEL else subject.decision
    if held and held != asked.meanwhile:
        raise AlreadyDecidedError


def _asked(case: Case, moderator: User, wish: Wish, subject: Subject, *, meanwhile: bool) -> PendingDecision:
    hidden = None
    if meanwhile and Action.HIDE in offered(subject):
        until = timezone.now() + MEANWHILE
        hide = Wish(Action.HIDE, wish.category, wish.rule, wish.reason)
        hidden = record(case, hide, subject, moderator=moderator.address, until=until)
    asked = PendingDecision.objects.create(
        case=case,
        action=wish.action,
        category=wish.category,
        rule=wish.rule,
        reason=wish.reason,
        scopes=list(wish.scopes),
        days=wish.days,
        asked_by=moderator.address,
        meanwhile=hidden,
    )
    # It is nobody's now: whoever answers has to be somebody else.
    case.pending, case.claimed_by, case.claimed_at = asked, "", None
    case.save(update_fields=["pending", "claimed_by", "claimed_at"])
    CaseStep.objects.create(case=case, step=Step.ASKED, by=moderator.address)
    tell_moderators(case, asked)
    return asked


def _locked_pending(moderator: User, pk: int, pending: int) -> tuple[Case, PendingDecision]:
    case = locked_case(moderator, pk)
    if case.pending is None or case.pending.pk != pending:
        raise NothingPendingError
    return case, case.pending


def _answer(
    asked: PendingDecision,
    answer: Answer,
    moderator: User,
    *,
    decision: ModerationDecision | None = None,
    said: str = "",
) -> None:
    asked.answer, asked.answered_by, asked.answered_at = answer, moderator.address, timezone.now()
    asked.decision, asked.said = decision, said
    asked.save(update_fields=["answer", "answered_by", "answered_at", "decision", "said"])
