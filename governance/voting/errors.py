"""What cannot be done with a ballot."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError


class BallotNotReadError(DomainError):
    """The choice is missing or none of the three, or the reason is too long; the detail says which."""

    code = "ballot-not-read"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("Choose for, against or abstain first.")
