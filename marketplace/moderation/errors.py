"""Why a moderator's decision may be refused."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError, NotFoundError


class CaseNotFoundError(NotFoundError):
    """There is no such case."""

    code = "case-not-found"
    detail = _("There is no such case.")


class ContentGoneError(NotFoundError):
    """What a case is about is not there any more, or nobody can decide about it here."""

    code = "content-gone"
    detail = _("What this is about is not there any more, so nothing can be done to it.")


class CaseClosedError(DomainError):
    """The case was decided already."""

    code = "case-closed"
    status = HTTPStatus.CONFLICT
    detail = _("This case is closed: somebody has decided it. Reload the page to see how.")


class ClaimedByAnotherError(DomainError):
    """Another moderator works on the case; ``data["holder"]`` is their address."""

    code = "case-claimed"
    status = HTTPStatus.CONFLICT
    detail = _("Another moderator works on this case. It is free again once they release it, or 30 minutes after.")


class NotClaimedError(DomainError):
    """Somebody wants to release a case that they do not hold."""

    code = "case-not-claimed"
    status = HTTPStatus.CONFLICT
    detail = _("You do not hold this case, so you cannot release it.")


class SameJudgeError(DomainError):
    """An appeal is to be decided by who made the decision."""

    code = "same-judge"
    status = HTTPStatus.FORBIDDEN
    detail = _("This is an appeal against a decision that you took part in. Another moderator has to look at it.")


class WaitsForSecondError(DomainError):
    """A case waits for a second moderator, so nothing else is decided in it."""

    code = "waits-for-second"
    status = HTTPStatus.CONFLICT
    detail = _("This case waits for a second moderator’s answer. Until then nothing else can be decided in it.")


class NothingPendingError(DomainError):
    """What was to be confirmed or declined was answered already."""

    code = "nothing-pending"
    status = HTTPStatus.CONFLICT
    detail = _("This was answered already, or taken back. Reload the page to see how.")


class SecondWantedError(DomainError):
    """Who asked for a confirmation wants to give it."""

    code = "second-wanted"
    status = HTTPStatus.FORBIDDEN
    detail = _("You cannot confirm your own decision. Another moderator has to.")


class NotOfferedError(DomainError):
    """What is to be done does not fit what it is to be done to."""

    code = "action-not-offered"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("This cannot be done here. Choose one of the actions that the page offers.")


class AskerGoneError(DomainError):
    """Who asked for a confirmation may not decide about it any more, so one moderator alone would."""

    code = "asker-gone"
    status = HTTPStatus.CONFLICT
    detail = _(
        "Whoever asked for this is no moderator any more, or has a part in it since. Decline it, and decide anew with "
        "another moderator."
    )


class IncompleteError(DomainError):
    """A decision lacks what it needs."""

    code = "decision-incomplete"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("Say more: this decision needs a category, and a pause needs what it covers and for how long.")


class ReasonMissingError(DomainError):
    """A decision has no reason, or one that is too long to be shown."""

    code = "reason-missing"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("Write down the reason, in at most 2,000 characters: the page shows it.")


class DaysError(DomainError):
    """Something is to last for a time that it cannot."""

    code = "decision-days"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("A suspension lasts 1 to 30 whole days, a pause of an account 1 to 365.")


class AlreadyDecidedError(DomainError):
    """It is hidden, or shown, already; somebody else may have been faster."""

    code = "already-decided"
    status = HTTPStatus.CONFLICT
    detail = _("This was decided already, perhaps by somebody else just now. Reload the page to see how.")


class TooLateToUndoError(DomainError):
    """A decision is older than ten minutes, was undone or replaced already, or was somebody else's."""

    code = "too-late-to-undo"
    status = HTTPStatus.CONFLICT
    detail = _(
        "A decision can be undone once, within ten minutes, by those who made it, and only while it holds. "
        "Open a case about the same thing to decide otherwise."
    )


class NotOnChainError(DomainError):
    """There is no suspension to send to a chain."""

    code = "nothing-for-chain"
    status = HTTPStatus.CONFLICT
    detail = _("This decision has nothing to send to the chain.")
