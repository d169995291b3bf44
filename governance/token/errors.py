"""Errors of the token's page."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError


class NothingToGetError(DomainError):
    """There is nothing for this account; the sentence says why."""

    code = "nothing-to-get"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("There is no LATTICE for this address.")


class ClaimListError(DomainError):
    """The operator's list of claims cannot be read, or is not the one that the contract's root was made of."""

    code = "claim-list"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    detail = _("The list of claims cannot be read just now. Nothing is lost: try again later.")
