"""Why an order may be refused."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError, NotFoundError
from marketplace.listings.errors import NotForSaleError


class OrderNotFoundError(NotFoundError):
    """No order of this buyer has that ref; the orders of others are nobody's business."""

    code = "order-not-found"
    detail = _(
        "This wallet has no such order. If you ordered with another account, select it in your wallet and "
        "sign in again."
    )


class TooManyOrdersError(DomainError):
    """The account has as many orders that can still be paid as one may have; ``data["until"]`` is when one ends."""

    code = "too-many-orders"
    status = HTTPStatus.CONFLICT


class TooManyHashesError(DomainError):
    """The order names as many transactions as one may."""

    code = "too-many-hashes"
    status = HTTPStatus.CONFLICT
    detail = _(
        "This order names as many transactions as one can. If another one pays it, the chain tells it by itself; there "
        "is nothing to report."
    )


class OrderClosedError(DomainError):
    """The order was sent already, or has ended."""

    code = "order-closed"
    status = HTTPStatus.CONFLICT
    detail = _("This order can no longer be paid: it was already sent, or has ended.")


class PromptOpenError(DomainError):
    """The wallet was asked from another page meanwhile; to ask again, a page has to name that prompt."""

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


class LicenceNotAcceptedError(DomainError):
    """The buyer has not accepted the licence."""

    code = "licence-not-accepted"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("Accept the licence first: it says what you may do with the model.")


class LicenceChangedError(LicenceNotAcceptedError):
    """The model has another licence than the one that the buyer accepted with the order before."""

    code = "licence-changed"
    detail = _("The model has another licence by now. Read it on the model’s page, and buy it there.")


class PriceMovedError(DomainError):
    """The price is no longer the one that was agreed to; ``data["price"]`` is the new one in wei, as text."""

    code = "price-moved"
    status = HTTPStatus.CONFLICT


class InvalidOrderError(DomainError):
    """What was sent is not what the form asks for."""

    code = "order-invalid"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("Choose a plan, and 1 to 100 passes or 1 to 12 periods of it.")


class ReferrerRefusedError(DomainError):
    """The referrer is who buys or sells."""

    code = "referrer-refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _(
        "Neither you, who gets the access, nor the seller can be the referrer. Remove the referrer and order again."
    )


class ReferrerMistypedError(ReferrerRefusedError):
    """The referrer is no address, or its checksum is wrong."""

    code = "referrer-mistyped"
    detail = _(
        "The referrer in the link is not an address, or a digit of it was mistyped: its checksum is wrong. Remove the "
        "referrer and order again."
    )


class RecipientRefusedError(DomainError):
    """The address is nobody whom access could be given to."""

    code = "recipient-refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class RecipientMistypedError(RecipientRefusedError):
    """The recipient is no address that anybody has, or its checksum is wrong."""

    code = "recipient-mistyped"
    detail = _(
        "This is nobody’s address: it has to be 0x and 40 digits, and not all of them zero. If it has large and small "
        "letters, a digit was mistyped. Copy it from the wallet that gets the access."
    )


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
