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
        "This purchase cannot be paid back any more: its refund window is over, it was paid back or disputed already, "
        "or you have bought the model again since."
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
    detail = _("Give a reason of at most 100 bytes: it stands on the chain for good.")
