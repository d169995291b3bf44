"""Why an operation on a listing may be refused."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError, NotFoundError


class ListingNotFoundError(NotFoundError):
    """No listing has that name."""

    code = "listing-not-found"
    detail = _("There is no model by that name in the catalogue.")


class NotTheOwnerError(DomainError):
    """The listing, or the model on chain, belongs to somebody else."""

    code = "not-the-owner"
    status = HTTPStatus.FORBIDDEN
    detail = _("This belongs to another account.")


class VersionTakenError(DomainError):
    """A version is for ever; what changed needs a new number."""

    code = "version-taken"
    status = HTTPStatus.CONFLICT
    detail = _("This version was already published with other content; give the new one another number.")


class MetadataDiffersError(DomainError):
    """The chain names a document that is no version of the listing."""

    code = "metadata-differs"
    status = HTTPStatus.CONFLICT
    detail = _("The metadata that the chain names is not that of a version of this listing.")


class NotForSaleError(DomainError):
    """It cannot be bought, at least not like this."""

    code = "not-for-sale"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class ListingHiddenError(NotForSaleError):
    """A moderator has hidden it; ``data`` holds the category and the reason."""

    code = "listing-hidden"
