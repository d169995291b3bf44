"""Finding reviews, and whether somebody may write one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Subquery

from contracts.models import Chain
from marketplace.listings.models import Listing
from marketplace.listings.versions import Version

from .errors import (
    NotABuyerError,
    NotEligibleError,
    OwnModelError,
    PayeeError,
    PurchaseDisputedError,
    PurchasePendingError,
    PurchaseReturnedError,
    ReviewNotFoundError,
)
from .evidence import Asked, evidence_of
from .models import Answer, Review, ReviewEdition, Standing
from .standing import Evidence, Part, payment_standing

BY_PAYMENT: dict[Standing, type[NotEligibleError]] = {
    Standing.PENDING: PurchasePendingError,
    Standing.REFUNDED: PurchaseReturnedError,
    Standing.DISPUTED: PurchaseDisputedError,
}
# Of several chains, the one that says most.
ORDER = (Standing.COUNTED, Standing.DISPUTED, Standing.REFUNDED, Standing.PENDING)


MOST_VERSIONS = 50  # that a form offers
UNREAD = Review()  # in the place of one that nobody has read yet


@dataclass(frozen=True)
class Right:
    """Whether an address may review a listing: on which chain, as which model, or ``refusal``, why not.

    ``review`` is its live review of it, hidden ones too; ``versions`` are the releases that it may speak of, the
    newest first.
    """

    chain: Chain | None
    model_id: str
    refusal: NotEligibleError | None
    review: Review | None
    versions: Sequence[str] = ()

    @property
    def chain_id(self) -> int | None:
        """The chain's id."""
        return self.chain.pk if self.chain else None

    @property
    def may(self) -> bool:
        """Whether it may."""
        return self.refusal is None

    @property
    def why(self) -> str:
        """Why it may not, in a sentence; empty where it may."""
        return str(self.refusal.detail) if self.refusal else ""

    @property
    def code(self) -> str:
        """The same for programs."""
        return self.refusal.code if self.refusal else ""


def find_review(key: str | UUID) -> Review:
    """Return a review that its author has not withdrawn, with its listing and chain. Raises ReviewNotFoundError."""
    review = _by_id(key)
    if review is None or review.withdrawn_at is not None:
        raise ReviewNotFoundError
    return review


def any_review(key: str | UUID) -> Review | None:
    """Return a review whatever its state, None where there is none."""
    return _by_id(key)


def any_answer(key: str | UUID) -> Answer | None:
    """Return an answer whatever its state, None where there is none."""
    with_review = Answer.objects.select_related("review__listing__owner__user", "decision")
    return with_review.filter(pk=key).first() if is_id(key) else None


def is_id(key: str | UUID) -> bool:
    """Say whether a text is the id of a review or of an answer, in the one form that we give it."""
    try:
        return str(UUID(str(key))) == str(key)
    except ValueError:
        return False


def review_of(address: str, listing: Listing) -> Review | None:
    """Return the live review that an address has written of a listing."""
    return Review.objects.live().filter(listing=listing, author=address.lower()).first()


def next_number(address: str, listing_id: int) -> int:
    """Return the number of the next edition that an address signs about a listing, over all its reviews of it."""
    signed = ReviewEdition.objects.filter(review__author=address, review__listing=listing_id)
    return (signed.order_by("-number").values_list("number", flat=True).first() or 0) + 1


def right_of(address: str, listing: Listing, review: Review | None = UNREAD) -> Right:
    """Return whether an address may review a listing now, and why not. Pauses of accounts are not looked at.

    Four queries, five where nobody has read its live ``review`` yet.
    """
    address = address.lower()
    owned = Subquery(Listing.objects.filter(pk=listing.pk).values("owner__user__address")[:1])
    newest = Version.objects.filter(listing=listing.pk).order_by("-created_at", "-pk").values("number")[:MOST_VERSIONS]
    adoptions = listing.adoptions.select_related("chain").annotate(owned_by=owned, numbers=ArraySubquery(newest))
    places = list(adoptions.order_by("chain"))
    asked = [Asked(each.chain_id, each.model_id, address, each.owned_by or "") for each in places]
    # Ties are for the score: who is connected with the seller may write.
    found = sorted(evidence_of(asked, with_ties=False).items(), key=lambda each: ORDER.index(payment_standing(each[1])))
    live = review_of(address, listing) if review is UNREAD else review
    if not found:
        owner = listing.owner.user
        own = owner is not None and owner.address == address
        return Right(None, "", OwnModelError() if own else NotABuyerError(), live)
    place, evidence = found[0]
    parts = {each.part for _place, each in found}
    at = next(each for each in places if each.chain_id == place.chain_id)
    return Right(at.chain, place.model_id, _refusal(parts, evidence), live, at.numbers)


def _refusal(parts: set[Part], evidence: Evidence) -> NotEligibleError | None:
    if Part.SELLER in parts:
        return OwnModelError()
    if Part.PAYEE in parts:
        return PayeeError()
    if not evidence.payments:
        return NotABuyerError()
    refused = BY_PAYMENT.get(payment_standing(evidence))
    return refused() if refused else None


def _by_id(key: str | UUID) -> Review | None:
    whole = Review.objects.select_related("listing__owner__user", "chain", "decision", "label", "crowd")
    return whole.filter(pk=key).first() if is_id(key) else None
