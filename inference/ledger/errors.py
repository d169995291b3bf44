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


class PaymentRefusedError(DomainError):
    """What somebody signed to pay a call with is not taken; ``data["reason"]`` is what the contract calls it."""

    code = "payment-refused"
    status = HTTPStatus.PAYMENT_REQUIRED
    detail = _(
        "The payment was not taken, and this call did not run. Sign the new terms. If the money has left your wallet "
        "all the same, send the same request again in a minute: it is a right to this call."
    )

    def __init__(self, reason: str, said: str = "") -> None:
        super().__init__(f"{self.detail} ({said})" if said else None, reason=reason)


class PaymentUsedError(DomainError):
    """The call that was paid for has been answered."""

    code = "payment-used"
    status = HTTPStatus.PAYMENT_REQUIRED
    detail = _("The call that you paid for has been answered. Sign the new terms for another one.")


class PaymentInUseError(DomainError):
    """The call that was paid for runs at this moment."""

    code = "payment-in-use"
    status = HTTPStatus.PAYMENT_REQUIRED
    detail = _("The call that you paid for is being answered, to another request with the same payment.")


class PaymentPendingError(DomainError):
    """The payment is on its way, or not final yet."""

    code = "payment-pending"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    detail = _(
        "Your payment is on its way and not final yet. Send the very same request again: you pay nothing more, and the "
        "call runs once the payment is final."
    )

    def __init__(self) -> None:
        super().__init__(retry_after=5)


class PaymentsPausedError(DomainError):
    """The operator brings no more payments of single calls for now: the day's gas is used up."""

    code = "payments-paused"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    detail = _(
        "No more calls can be paid one by one today: the gas that we give for it is used up. Nothing was taken from "
        "you. An API key with a prepaid balance goes on working."
    )

    def __init__(self) -> None:
        super().__init__(retry_after=3_600)
