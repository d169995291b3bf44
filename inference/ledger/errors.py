"""Why a paid call is refused: each says what the payer can do about it."""

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError


class NotFundedError(DomainError):
    """There is less in the payer's account than the call could cost; ``data`` says how much of each."""

    code = "not-funded"
    status = HTTPStatus.PAYMENT_REQUIRED
    detail = _(
        "Your prepaid balance does not cover this call. Passes and subscriptions are used first, then the balance: "
        "add to it under /account/keys, or ask for a shorter answer."
    )


class NotAuthorisedError(DomainError):
    """The chain has no authorisation of the key that is final and still holds."""

    code = "key-not-authorised"
    status = HTTPStatus.PAYMENT_REQUIRED
    detail = _(
        "This API key may not spend from your prepaid balance yet, or not any more. Authorise it under /account/keys; "
        "that counts as soon as its block is final."
    )


class CeilingReachedError(DomainError):
    """What the payer has authorised for the key on chain is used up."""

    code = "ceiling-reached"
    status = HTTPStatus.PAYMENT_REQUIRED
    detail = _(
        "The key has used what you authorised for it on chain, and its next charge would not be paid. Authorise more "
        "under /account/keys."
    )
