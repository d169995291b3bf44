"""Finding reviews helpful: one vote a wallet and review, weighted by what the wallet has paid for."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Count, Sum
from django.db.models.functions import Coalesce

from accounts.models import User
from accounts.restrictions import Scope, refuse_restricted
from common.limits import limit
from contracts.models import Chain
from marketplace.onchain.models.sales import PurchaseFact

from .errors import OwnReviewError, ReviewNotFoundError
from .evidence import Asked, evidence_of
from .finding import find_review
from .judging import asked_of
from .models import HelpfulVote, Review
from .standing import Part

VOTES_A_MINUTE = 30
# What a vote weighs: by who bought this for good, anything, nothing; by the seller.
BOUGHT_IT, BOUGHT, NEW, TIED = 10, 3, 1, 0


def vote_helpful(*, user: User, key: str, helpful: bool) -> Review:
    """Say that a review is helpful, or take that back; return the review. Doing so again changes nothing.

    Raises ReviewNotFoundError, OwnReviewError, RestrictedError and TooManyError.
    """
    review = find_review(key)
    if review.author == user.address:
        raise OwnReviewError
    refuse_restricted(user.address, Scope.REVIEWING)
    limit(f"helpful:{user.address}", VOTES_A_MINUTE, 60)
    return _vote(user.address, review, vote_weight(user.address, review) if helpful else None)


def vote_weight(voter: str, review: Review) -> int:
    """Return what an address's vote on a review weighs now, by what it has paid for and not had back."""
    asked = Asked(*asked_of(review)._replace(author=voter))
    evidence = evidence_of([asked])[asked]
    if evidence.part != Part.NONE or evidence.gave or evidence.got or evidence.is_referrer:
        return TIED
    if any(payment.matured <= evidence.today for payment in evidence.kept):
        return BOUGHT_IT
    # What can still be had back pays for any number of votes, one after the other.
    return BOUGHT if _has_bought(voter) else NEW


def _has_bought(address: str) -> bool:
    finals = {chain.pk: chain.final_block() for chain in Chain.objects.all()}
    bought = PurchaseFact.objects.filter(chain__in=list(finals), buyer=address, paid__gt=0).kept()
    return any(block <= finals[chain] for chain, block in bought.values_list("chain", "block_number")[:50])


@transaction.atomic
def _vote(voter: str, review: Review, weight: int | None) -> Review:
    review = Review.objects.select_for_update().get(pk=review.pk)
    if not review.is_shown:
        raise ReviewNotFoundError
    if weight is None:
        HelpfulVote.objects.filter(review=review, voter=voter).delete()
    else:
        HelpfulVote.objects.get_or_create(review=review, voter=voter, defaults={"weight": weight})
    sums = HelpfulVote.objects.filter(review=review).aggregate(n=Count("pk"), weight=Coalesce(Sum("weight"), 0))
    review.votes, review.helpful = sums["n"], sums["weight"]
    review.save(update_fields=["votes", "helpful"])
    return review
