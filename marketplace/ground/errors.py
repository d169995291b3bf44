"""Errors that several packages of the marketplace raise."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError


class OwnCaseError(DomainError):
    """A moderator has a part in what is to be decided."""

    code = "own-case"
    status = HTTPStatus.FORBIDDEN
    detail = _(
        "You have a part in this yourself: you bought, sold or published it, or get something of what is paid for it. "
        "Another moderator has to decide."
    )
