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


class SearchTooSlowError(DomainError):
    """A search took longer than anybody would wait, and was given up."""

    code = "search-too-slow"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    detail = _("This search took too long and was given up. Try it with other words, or with fewer filters.")


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
    detail = _(
        "This wallet has no such order. If you ordered with another account, select it in your wallet and "
        "sign in again."
    )


class OrderClosedError(DomainError):
    """The order was sent already, or has ended."""

    code = "order-closed"
    status = HTTPStatus.CONFLICT
    detail = _("This order cannot be paid any more: it was sent already, or has ended.")


class PromptOpenError(DomainError):
    """The wallet was asked from somewhere else meanwhile; whoever asks again has to say that they have seen it."""

    code = "prompt-open"
    status = HTTPStatus.CONFLICT
    detail = _("Your wallet has been asked for this order in another tab. Answer it there, or ask again from here.")


class OrderSettlingError(DomainError):
    """The wallet has sent something that the index has not seen: it may be the payment of this very order."""

    code = "order-settling"
    status = HTTPStatus.CONFLICT
    detail = _(
        "Your wallet has just sent a transaction, which may be this very payment. So that you do not pay twice, "
        "wait until it is in a block; then ask again."
    )


class NotForSaleError(DomainError):
    """It cannot be bought, at least not like this."""

    code = "not-for-sale"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class ListingHiddenError(NotForSaleError):
    """A moderator has hidden it; ``data`` holds the category and the reason."""

    code = "listing-hidden"


class NotAModeratorError(DomainError):
    """Only the staff decides what is shown."""

    code = "not-a-moderator"
    status = HTTPStatus.FORBIDDEN
    detail = _("Only moderators decide this, and the wallet that you are signed in with is none.")


class ReasonMissingError(DomainError):
    """A decision has no reason, or one that is too long to be shown."""

    code = "reason-missing"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("Write down the reason, in at most 2,000 characters: the page shows it.")


class AlreadyDecidedError(DomainError):
    """It is hidden, or shown, already; somebody else may have been faster."""

    code = "already-decided"
    status = HTTPStatus.CONFLICT
    detail = _("This was decided already, perhaps by somebody else just now. Reload the page to see how.")


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
    detail = _("Choose a plan, and 1 to 100 passes or 1 to 12 periods of it.")


class BucketNotFoundError(NotFoundError):
    """No such bucket of this seller waits to be distributed."""

    code = "bucket-not-found"
    detail = _("There is nothing of yours to distribute there; somebody may have done it already.")


class FormRefusedError(DomainError):
    """What was filled in cannot be taken; the detail says why, field by field."""

    code = "form-refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class ReferrerRefusedError(DomainError):
    """The referrer is who buys or sells, or is no address."""

    code = "referrer-refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("Neither you nor the seller can be the referrer. Remove the referrer and order again.")


class NotOnAccessListError(NotForSaleError):
    """The seller sells to a list of accounts, and the buyer is not on it."""

    code = "not-on-access-list"
    detail = _(
        "The seller sells this model to a list of accounts, and yours is not on it. Ask the seller, or buy with the "
        "account that is on the list."
    )


class AccessListUnknownError(NotForSaleError):
    """The seller sells to a list of accounts that was not left here, so nobody can be shown to be on it."""

    code = "access-list-unknown"
    detail = _("The seller sells this model to a list of accounts, and has not left that list here. Ask the seller.")


class SignatureRefusedError(DomainError):
    """The signature is not the buyer's, or not over what was asked."""

    code = "signature-refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("Your wallet's signature does not fit this order. Nothing was sent; ask your wallet again.")


class NotRefundableError(DomainError):
    """The order has no payment that can be paid back, or not any more."""

    code = "not-refundable"
    status = HTTPStatus.CONFLICT
    detail = _(
        "This purchase cannot be paid back any more: its refund window is over, it was paid back or disputed already, "
        "or you have bought the model again since."
    )


class EvidenceMissingError(DomainError):
    """A dispute needs to say what is wrong."""

    code = "evidence-missing"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("Write down what is wrong, in at most 4,000 characters.")


class DisputeNotFoundError(NotFoundError):
    """There is no such dispute, or it is between others."""

    code = "dispute-not-found"
    detail = _("There is no such dispute that this account may see.")


class DisputeClosedError(DomainError):
    """The dispute was ruled upon already."""

    code = "dispute-closed"
    status = HTTPStatus.CONFLICT
    detail = _("This dispute was ruled upon already.")


class RulingReasonError(DomainError):
    """The reason of a ruling goes on chain, where it has 100 bytes."""

    code = "ruling-reason"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("Give a reason of at most 100 bytes: it stands on the chain for good.")
