"""What may stop a review, an answer or a vote."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError, NotFoundError


class ReviewNotFoundError(NotFoundError):
    """There is no such review that anybody may read."""

    code = "review-not-found"
    detail = _("There is no review at this address. Its author may have withdrawn it.")


class AnswerNotFoundError(NotFoundError):
    """There is no such answer."""

    code = "answer-not-found"
    detail = _("There is no such answer to a review.")


class NotEligibleError(DomainError):
    """The wallet may not review this model."""

    code = "not-eligible"
    status = HTTPStatus.FORBIDDEN
    detail = _("This wallet may not review this model.")


class NotABuyerError(NotEligibleError):
    """Nothing was paid for this wallet's use of the model."""

    code = "not-a-buyer"
    detail = _(
        "Reviews are written by those who paid: this wallet has not bought this model, nor paid for metered use of it. "
        "What was given away is reviewed by whoever was given it."
    )


class PurchasePendingError(NotEligibleError):
    """What was paid is not final yet."""

    code = "purchase-pending"
    detail = _("Your purchase is not final yet. You can review the model in a few blocks.")


class PurchaseReturnedError(NotEligibleError):
    """All that was paid was taken back."""

    code = "purchase-returned"
    detail = _("Your purchase of this model was refunded, so you cannot review it.")


class PurchaseDisputedError(NotEligibleError):
    """What was paid waits for a ruling."""

    code = "purchase-disputed"
    detail = _("Your purchase of this model is in dispute. You can review it if the ruling leaves it with you.")


class OwnModelError(NotEligibleError):
    """The model is the author's own."""

    code = "own-model"
    detail = _("This is your own model. Its buyers review it.")


class PayeeError(NotEligibleError):
    """The author gets a part of what the model earns."""

    code = "payee"
    detail = _("You get, or once got, a part of what this model earns, so you cannot review it.")


class ReviewRefusedError(DomainError):
    """What is to be said is not in order."""

    code = "review-refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class ReviewHiddenError(DomainError):
    """A moderator has hidden the author's review of this model, or the answer."""

    code = "review-hidden"
    status = HTTPStatus.CONFLICT
    detail = _("A moderator has hidden what you wrote here, so you cannot change it. You can appeal the decision.")


class EditionOvertakenError(DomainError):
    """Another edition was signed meanwhile, or this one was signed before."""

    code = "edition-overtaken"
    status = HTTPStatus.CONFLICT
    detail = _("Your review has changed since you began to sign this one. Open it again, and sign what you see then.")


class SignatureRefusedError(DomainError):
    """The signature is not the author's, or not of this review."""

    code = "signature-refused"
    status = HTTPStatus.FORBIDDEN
    detail = _("This is not your wallet’s signature of this review.")


class NotTheSellerError(DomainError):
    """Only the seller answers."""

    code = "not-the-seller"
    status = HTTPStatus.FORBIDDEN
    detail = _("Only the seller of this model can answer its reviews.")


class OwnReviewError(DomainError):
    """One's own review."""

    code = "own-review"
    status = HTTPStatus.CONFLICT
    detail = _("This review is your own, so your vote for it would say nothing.")
