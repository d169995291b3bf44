"""What every room may refuse."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError


class NotAModeratorError(DomainError):
    """Only the staff decides what is shown."""

    code = "not-a-moderator"
    status = HTTPStatus.FORBIDDEN
    detail = _("Only moderators decide this, and the wallet that you are signed in with is none.")
