"""Why something about a release may be refused."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError, NotFoundError


class ReleaseNotFoundError(NotFoundError):
    """The listing has no release of that number."""

    code = "release-not-found"
    detail = _("This model has no version of that number.")


class ReasonMissingError(DomainError):
    """Holders are to be told why."""

    code = "reason-missing"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("Say why, in at most 500 letters: holders are told, and everybody can read it.")


class LastReleaseError(DomainError):
    """Without it there would be nothing left to sell."""

    code = "last-release"
    status = HTTPStatus.CONFLICT
    detail = _(
        "This is the only version on offer, so it cannot be withdrawn. Publish another one first, or pause the sale on "
        "the page of its terms."
    )
