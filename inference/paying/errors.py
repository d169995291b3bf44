"""What may be refused on the way of money into the escrow and back."""

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError


class NoEscrowError(DomainError):
    """The chain has no escrow of ours, or does not take the currency."""

    code = "no-escrow"
    status = HTTPStatus.CONFLICT
    detail = _("Calls cannot be paid in that currency on this chain.")


class PaysNothingError(DomainError):
    """A key without a currency has nothing to authorise."""

    code = "key-pays-nothing"
    status = HTTPStatus.CONFLICT
    detail = _("This key pays for nothing, so there is nothing to authorise.")


class SignatureRefusedError(DomainError):
    """It is not the user's over what was asked."""

    code = "signature-refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("That is not your wallet’s signature of what was asked, or its ten minutes are over. Press again.")


class AmountRefusedError(DomainError):
    """What was typed is no amount."""

    code = "amount-refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NothingToDrawError(DomainError):
    """There is nothing to ask for, or nothing was asked for."""

    code = "nothing-to-draw"
    status = HTTPStatus.CONFLICT
    detail = _("There is nothing of yours to withdraw in this currency.")


class StillWaitingError(DomainError):
    """What was asked for cannot be drawn yet."""

    code = "still-waiting"
    status = HTTPStatus.CONFLICT
