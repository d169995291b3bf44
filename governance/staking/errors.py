"""Errors of staking."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError


class FormRefusedError(DomainError):
    """A field says something that cannot be; the sentence says what."""

    code = "form-refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NotEnoughError(DomainError):
    """The account does not have that much."""

    code = "not-enough-lattice"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NothingThereError(DomainError):
    """There is nothing to do this with."""

    code = "nothing-there"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class StillCoolingError(DomainError):
    """What is leaving is not free yet; ``data["free_at"]`` says when."""

    code = "still-cooling"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NoReleaseError(DomainError):
    """Nothing is leaving, so there is no day to put into a calendar."""

    code = "nothing-leaving"
    status = HTTPStatus.NOT_FOUND
    detail = _("Nothing of your stake is leaving, so there is no day to remember.")
