"""Why a moderator's decision may be refused."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError


class ReasonMissingError(DomainError):
    """A decision has no reason, or one that is too long to be shown."""

    code = "reason-missing"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("Write down the reason, in at most 2,000 characters: the page shows it.")


class SuspensionDaysError(DomainError):
    """A suspension is to last for a time that it cannot."""

    code = "suspension-days"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("Suspend the sale for 1 to 30 whole days.")


class AlreadyDecidedError(DomainError):
    """It is hidden, or shown, already; somebody else may have been faster."""

    code = "already-decided"
    status = HTTPStatus.CONFLICT
    detail = _("This was decided already, perhaps by somebody else just now. Reload the page to see how.")
