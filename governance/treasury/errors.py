"""What can be wrong with what is asked of the treasury."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError, NotFoundError


class TokenMissingError(DomainError):
    """A release names no token."""

    code = "token-missing"
    detail = _("Name the token to release by its address.")


class NoBonusError(NotFoundError):
    """There is no bonus of this epoch and model that this wallet can claim."""

    code = "no-bonus"
    detail = _("There is no bonus of this epoch that this wallet can claim for this model.")
