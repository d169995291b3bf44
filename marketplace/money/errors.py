"""Why a payout may be refused."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from common.errors import NotFoundError


class BucketNotFoundError(NotFoundError):
    """No such bucket of this seller waits to be distributed."""

    code = "bucket-not-found"
    detail = _("There is nothing of yours to distribute there; somebody may have done it already.")
