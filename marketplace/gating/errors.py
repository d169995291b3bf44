"""What asking for access, and answering it, may be refused for."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError, NotFoundError


class RequestNotFoundError(NotFoundError):
    """There is no such request, or it is not the user's to see."""

    code = "access-request-not-found"
    detail = _("There is no such request for access.")


class NotGatedError(DomainError):
    """Nobody has to be asked."""

    code = "not-gated"
    status = HTTPStatus.CONFLICT
    detail = _("This model is open to everybody: there is nothing to ask for.")


class RequestRefusedError(DomainError):
    """A request that cannot be made like this, or now."""

    code = "access-request-refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
