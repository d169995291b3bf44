"""What can be refused in the marketplace."""

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError, NotFoundError


class ListingNotFoundError(NotFoundError):
    """No listing has that name."""

    code = "listing-not-found"
    detail = _("There is no model by that name in the catalogue.")


class OwnerNotFoundError(NotFoundError):
    """No account has that name."""

    code = "owner-not-found"
    detail = _("There is nobody by that name in the catalogue.")


class ForeignRequestError(DomainError):
    """A write that carries the session's cookie without the page's token."""

    code = "csrf-failed"
    status = HTTPStatus.FORBIDDEN
    detail = _("This request does not carry the token of a page of this site.")


class SavedSearchNotFoundError(NotFoundError):
    """This account keeps no such search."""

    code = "saved-search-not-found"
    detail = _("You keep no search by that number.")


class TooManySavedError(DomainError):
    """Fifty searches are kept already."""

    code = "too-many-saved"
    status = HTTPStatus.CONFLICT
    detail = _("You keep fifty searches already. Forget one first.")


class CatalogueRefusedError(DomainError):
    """Some records are bad, and nothing was imported."""

    code = "catalogue-refused"


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


class MetadataNotFoundError(NotFoundError):
    """No document has that CID, or it is damaged."""

    code = "metadata-not-found"
    detail = _("There is no document with this address here.")


class OrderNotFoundError(NotFoundError):
    """No order of this buyer has that ref; the orders of others are nobody's business."""

    code = "order-not-found"
    detail = _("You have no order by that name.")


class OrderClosedError(DomainError):
    """The order was sent already, or has ended."""

    code = "order-closed"
    status = HTTPStatus.CONFLICT
    detail = _("This order cannot be paid any more: it was sent already, or has ended.")


class NotForSaleError(DomainError):
    """It cannot be bought, at least not like this."""

    code = "not-for-sale"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class LicenceNotAcceptedError(DomainError):
    """The buyer has not accepted the licence."""

    code = "licence-not-accepted"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("Accept the licence first: it says what you may do with the model.")


class PriceMovedError(DomainError):
    """The price is no longer the one that was agreed to; ``data["price"]`` is the new one in wei, as text."""

    code = "price-moved"
    status = HTTPStatus.CONFLICT


class InvalidOrderError(DomainError):
    """What was sent is not what the form asks for."""

    code = "order-invalid"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("Choose a plan, and 1 to 12 periods for a subscription.")


class BucketNotFoundError(NotFoundError):
    """No such bucket of this seller waits to be distributed."""

    code = "bucket-not-found"
    detail = _("There is nothing of yours to distribute there; somebody may have done it already.")
