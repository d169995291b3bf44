"""Why a refund or a dispute may be refused."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError, NotFoundError


class NotRefundableError(DomainError):
    """The order has no payment that can be paid back, or not any more."""

    code = "not-refundable"
    status = HTTPStatus.CONFLICT
    detail = _(
        "This purchase can no longer be refunded: its refund window is over, it was already refunded or disputed, "
        "or you bought the model again."
    )


class EvidenceMissingError(DomainError):
    """A dispute needs to say what is wrong."""

    code = "evidence-missing"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("Write down what is wrong, in at most 4,000 characters.")


class DisputeNotFoundError(NotFoundError):
    """There is no such dispute, or it is between others."""

    code = "dispute-not-found"
    detail = _("There is no such dispute that this account may see.")


class DisputeClosedError(DomainError):
    """The dispute was ruled upon already."""

    code = "dispute-closed"
    status = HTTPStatus.CONFLICT
    detail = _("This dispute was ruled upon already.")


class RulingReasonError(DomainError):
    """The reason of a ruling goes on chain, where it has 100 bytes."""

    code = "ruling-reason"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("Give a reason of at most 100 bytes: it stays on chain forever.")


class DisputeOverdueError(DomainError):
    """The time for a ruling is over, so nobody would read more."""

    code = "dispute-overdue"
    status = HTTPStatus.CONFLICT
    detail = _("The time for a ruling is over, so nothing more can be added to this dispute.")


class NothingSaidError(DomainError):
    """A statement has neither text nor files, or too much text."""

    code = "nothing-said"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("Write something, in at most 4,000 characters, or attach a file.")


class TooManyStatementsError(DomainError):
    """The side has said as often as it may."""

    code = "too-many-statements"
    status = HTTPStatus.CONFLICT
    detail = _("Your side has sent as many messages in this dispute as it may: 10.")


class TooManyFilesError(DomainError):
    """The side has attached as many files as it may."""

    code = "too-many-files"
    status = HTTPStatus.CONFLICT
    detail = _("Your side has attached as many files to this dispute as it may: 10.")


class OtherAccountError(DomainError):
    """The page was made for another account than the one that is signed in now."""

    code = "other-account"
    status = HTTPStatus.CONFLICT
    detail = _("You have signed in with another account since this page was opened. Nothing was sent; load it again.")


class RecordsChangedError(DomainError):
    """What would be attached is not what was shown."""

    code = "records-changed"
    status = HTTPStatus.CONFLICT
    detail = _("These records have changed since they were shown. Nothing was attached; look at them again.")
