"""Why a seller's terms may be refused."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError


class FormRefusedError(DomainError):
    """What was filled in cannot be taken; the detail says why, field by field."""

    code = "form-refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class OwnAddressError(DomainError):
    """A pass cannot be given to the one who has it."""

    code = "own-address"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("This is your own address: the pass is there already.")


class NoHolderError(DomainError):
    """What is there could never use a pass, nor give it back."""

    code = "no-holder"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("This is the address of one of the marketplace’s own contracts, where a pass would be lost.")


class TooFewPassesError(DomainError):
    """So many cannot move; ``data`` has how many can, and how many there are."""

    code = "too-few-passes"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class OfferGoneError(DomainError):
    """Nobody offers that, or not so many, or not for longer."""

    code = "offer-gone"
    status = HTTPStatus.NOT_FOUND
    detail = _("That offer is no longer there.")
