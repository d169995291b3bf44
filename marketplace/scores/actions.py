"""Writing, changing and withdrawing reviews and their answers, and finding them helpful."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.notifications.making import notify
from accounts.restrictions import Scope, refuse_restricted
from common.limits import limit
from contracts.chain import signatures
from contracts.models import Chain
from contracts.names import DAY
from marketplace.listings.errors import ListingNotFoundError
from marketplace.listings.models import Listing

from .errors import (
    EditionOvertakenError,
    NotEligibleError,
    ReviewHiddenError,
    ReviewNotFoundError,
    SignatureRefusedError,
)
from .finding import Right, any_review, next_number, right_of
from .judging import judge_soon
from .models import Review, ReviewEdition, Standing
from .notices import REVIEWED
from .reckoning import lock_score
from .said import Said, checked, version_of
from .signing import review_typed, signed_cid

# Of a wallet; a person who thinks before writing never meets them.
REVIEWS_A_MINUTE, REVIEWS_A_DAY = 5, 40
RESTORED_WITHIN = timedelta(days=1)


@dataclass(frozen=True)
class Prepared:
    """A review to sign: ``typed`` data, of ``said`` as it will be kept. ``review`` is the one that it changes."""

    typed: dict[str, Any]
    said: Said
    number: int
    chain: Chain
    model_id: str
    listing: Listing
    review: Review | None


def prepare_review(*, user: User, name: str, said: Said) -> Prepared:
    """Return what to sign, after all that can be said against it. Writes nothing.

    Raises ListingNotFoundError, RestrictedError, NotEligibleError, ReviewHiddenError and ReviewRefusedError.
    """
    listing = Listing.objects.visible().named(name).select_related("owner__user").first()
    if listing is None:
        raise ListingNotFoundError
    refuse_restricted(user.address, Scope.REVIEWING)
    said = checked(said)
    chain, right, number = _allowed(user.address, listing)
    said = replace(said, version=version_of(said.version, listing, right.versions))
    typed = review_typed(
        chain_id=chain.pk, model_id=right.model_id, listing=listing.name, author=user.address, said=said, number=number
    )
    return Prepared(typed, said, number, chain, right.model_id, listing, right.review)


def write_review(*, user: User, name: str, said: Said, number: int, signature: str) -> Review:
    """Keep a signed review: the author's first of the listing, or the next edition of it. Return it as it stands.

    The same one again changes nothing. Raises what ``prepare_review`` does, EditionOvertakenError,
    SignatureRefusedError, TooManyError, and RetryableChainError where an account's contract has to be asked and the
    chain does not answer.
    """
    limit(f"reviews:{user.address}", REVIEWS_A_MINUTE, 60)
    limit(f"reviews-a-day:{user.address}", REVIEWS_A_DAY, DAY)
    prepared = prepare_review(user=user, name=name, said=said)
    signature = signatures.spelled(signature)
    before = prepared.review
    if before and before.number == number and (kept := _kept(user.address, prepared.listing, number, signature)):
        return kept
    if number != prepared.number:
        raise EditionOvertakenError
    # Outside of the transaction: an account's contract may have to be asked.
    if not signatures.verify(user.address, prepared.typed, signature, prepared.chain):
        raise SignatureRefusedError
    return _write(user.address, prepared, signature)


@transaction.atomic
def _write(author: str, prepared: Prepared, signature: str) -> Review:
    listing, now = prepared.listing, timezone.now()
    lock_score(listing.pk)
    # Again: what was true a moment ago, another request may have changed. What the chain says by now decides below how
    # it stands.
    refuse_restricted(author, Scope.REVIEWING)
    review, number = _writable(author, listing)
    if review and review.number == prepared.number and (kept := _kept(author, listing, prepared.number, signature)):
        return kept
    if prepared.number != number:
        raise EditionOvertakenError
    cid = signed_cid(prepared.typed, signature)
    newest = {**prepared.said.values(), "number": prepared.number, "cid": cid}
    if review is None:
        review = _first(author, prepared, newest, now)
    else:
        # The place too: it may be on another chain that its author has bought by now.
        place = {"chain": prepared.chain, "model_id": prepared.model_id}
        Review.objects.filter(pk=review.pk).update(**newest, **place, edited_at=now)
    ReviewEdition.objects.create(review=review, signature=signature, signed_at=now, **newest)
    judge_soon(listing.pk, review.pk)
    review.refresh_from_db()
    return review


def _first(author: str, prepared: Prepared, newest: dict[str, Any], now: datetime) -> Review:
    place = {"listing": prepared.listing, "chain": prepared.chain, "model_id": prepared.model_id}
    # Not what it has withdrawn, nor of this model: else a crowd would write twice, and be no crowd of newcomers.
    is_first = not Review.objects.counted().filter(author=author).exclude(listing=prepared.listing).exists()
    review = Review.objects.create(author=author, is_first=is_first, written_at=now, **place, **newest)
    if owner := prepared.listing.owner.user:
        data = {"author": author, "name": prepared.listing.name, "rating": review.rating, "text": review.text}
        notify(user=owner, kind=REVIEWED.name, key=review.key, data={**data, "key": review.key}, happened_at=now)
    return review


@transaction.atomic
def withdraw_review(*, user: User, key: str) -> Review:
    """Take one's review back: it is gone from pages and from the score, and another may be written.

    Withdrawing it again changes nothing. Raises ReviewNotFoundError where it is not the user's.
    """
    review = find_own(user, key)
    lock_score(review.listing_id)
    review = Review.objects.select_for_update().get(pk=review.pk)
    if review.withdrawn_at is None:
        Review.objects.filter(pk=review.pk).update(
            withdrawn_at=timezone.now(), judged=Standing.WITHDRAWN, standing=Standing.WITHDRAWN, due=None, stale=False
        )
        judge_soon(review.listing_id, review.pk)
        review.refresh_from_db()
    return review


@transaction.atomic
def restore_review(*, user: User, key: str) -> Review:
    """Undo a withdrawal of the last day; a review that is live stays as it is.

    Raises ReviewNotFoundError where it is too late, or another review was written meanwhile, and RestrictedError.
    """
    review = find_own(user, key)
    refuse_restricted(user.address, Scope.REVIEWING)
    lock_score(review.listing_id)
    review = Review.objects.select_for_update().get(pk=review.pk)
    if review.withdrawn_at is None:
        return review
    is_late = timezone.now() - review.withdrawn_at > RESTORED_WITHIN
    is_erased = not review.editions.exclude(signature="").exists()
    if is_late or is_erased or review.number + 1 != next_number(user.address, review.listing_id):
        raise ReviewNotFoundError
    Review.objects.filter(pk=review.pk).update(withdrawn_at=None, judged=Standing.PENDING, standing=Standing.PENDING)
    judge_soon(review.listing_id, review.pk)
    review.refresh_from_db()
    return review


@transaction.atomic
def erase_reviews(*, address: str) -> int:
    """Withdraw all reviews of an address and forget what they said; return how many there were.

    The chain keeps the ratings that were given there, and the CIDs that they name.
    """
    listings = set(Review.objects.filter(author=address.lower()).values_list("listing", flat=True))
    for listing_id in sorted(listings):
        lock_score(listing_id)
        own = Review.objects.filter(author=address.lower(), listing=listing_id)
        own.live().update(withdrawn_at=timezone.now(), judged=Standing.WITHDRAWN, standing=Standing.WITHDRAWN, due=None)
        own.update(text="")
        ReviewEdition.objects.filter(review__in=own).update(text="", signature="")
        judge_soon(listing_id)
    return Review.objects.filter(author=address.lower()).count()


def find_own(user: User, key: str) -> Review:
    """Return a review of the user's own. Raises ReviewNotFoundError."""
    review = any_review(key)
    if review is None or review.author != user.address:
        raise ReviewNotFoundError
    return review


def _allowed(author: str, listing: Listing) -> tuple[Chain, Right, int]:
    """Return the chain on which an author may review a listing, the right to it with the review that is there, and the
    number of the next edition. Raises as ``prepare_review``."""
    review, number = _writable(author, listing)
    right = right_of(author, listing, review)
    if right.refusal or right.chain is None:
        raise right.refusal or NotEligibleError
    return right.chain, right, number


def _writable(author: str, listing: Listing) -> tuple[Review | None, int]:
    """Return the live review that an author has of a listing, and the number of the next edition of any. One query.

    Raises ReviewHiddenError where one of them is hidden: it may not be replaced by the same again, not even after it
    was withdrawn.
    """
    reviews = list(Review.objects.filter(author=author, listing=listing))  # few: one is live
    if any(each.decision_id for each in reviews):
        raise ReviewHiddenError
    live = next((each for each in reviews if each.withdrawn_at is None), None)
    return live, max((each.number for each in reviews), default=0) + 1


def _kept(author: str, listing: Listing, number: int, signature: str) -> Review | None:
    """Return the live review whose newest edition is this very one."""
    same = {"editions__number": number, "editions__signature": signature, "number": number}
    return Review.objects.live().filter(author=author, listing=listing, **same).first()
