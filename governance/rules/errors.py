"""What can be wrong with what the guardian asks for."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError


class NotTheGuardianError(DomainError):
    """The wallet is not the guardian's member, or its mandate is over."""

    code = "not-the-guardian"
    status = HTTPStatus.FORBIDDEN
    detail = _("Only the guardian’s member can do this, while its mandate lasts.")


class GuardianRestsError(DomainError):
    """The guardian has paused sales within the last thirty days."""

    code = "guardian-rests"
    status = HTTPStatus.CONFLICT
    detail = _("The guardian has to rest for 30 days after a pause.")


class EmergencyRefusedError(DomainError):
    """What was typed into an emergency's form is not what it asks for."""

    code = "emergency-refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("Choose how long, and type the word that confirms it.")
