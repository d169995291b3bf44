"""What can go wrong on the pages of reviews."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError


class ReviewNotReadError(DomainError):
    """A form of a review cannot be read; the detail says why."""

    code = "review-invalid"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NothingToRateError(DomainError):
    """There is no review of one's own that the chain could be told of."""

    code = "nothing-to-rate"
    status = HTTPStatus.CONFLICT
    detail = _("Write your review first: what goes on chain is its rating, and the address of what you signed.")
