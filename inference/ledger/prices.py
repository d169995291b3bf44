"""What metered use of a listing costs now, as its seller has set it on chain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from marketplace.listings.versions import Adoption
from marketplace.onchain.models.listings import ListingState, OnchainListing
from marketplace.onchain.models.pricing import OnchainCallPrice, OnchainRates

MILLION = 10**6


@dataclass(frozen=True)
class Price:
    """What use of a model costs in a token's smallest units: for 1,000,000 tokens read and written, or by the call."""

    chain_id: int
    token: str
    model_id: str
    in_per_m: int = 0
    out_per_m: int = 0
    per_call: int = 0

    def cost(self, prompt: int, completion: int) -> int:
        """Return what so many tokens cost; rounded up, once a call."""
        return self.per_call + -(-(prompt * self.in_per_m + completion * self.out_per_m) // MILLION)

    def affords(self, money: int, prompt: int) -> int | None:
        """Return how many tokens of an answer the money is enough for; None where they cost nothing more.

        Below zero where it is not even enough for the question.
        """
        left = (money - self.per_call) * MILLION - prompt * self.in_per_m
        if left < 0:
            return -1
        return left // self.out_per_m if self.out_per_m else None


def price_of(listing: str, chain_id: int, token: str) -> Price | None:
    """Return what use of a listing costs there now, None where it is not metered in that token. Three queries."""
    found = (each for each in prices_of(listing, chain_id) if each.token == token.lower())
    return next(found, None)


def prices_of(listing: str, chain_id: int | None = None, now: datetime | None = None) -> list[Price]:
    """Return all that metered use of a listing can be paid with now, on one chain or on all. Four queries at most.

    What is not for sale now has no price: the escrow pays into no other model's bucket.
    """
    adopted = Adoption.objects.filter(listing__name=listing)
    if chain_id is not None:
        adopted = adopted.filter(chain_id=chain_id)
    return [price for each in adopted.order_by("-pk") for price in _prices(each, now or timezone.now())]


def _prices(adoption: Adoption, now: datetime) -> Iterator[Price]:
    own: dict[str, Any] = {"chain_id": adoption.chain_id, "model_id": adoption.model_id}
    listed = OnchainListing.objects.filter(**own).first()
    if listed is None or listed.state_at(now) != ListingState.LISTED:
        return
    for kept in OnchainRates.objects.filter(**own).order_by("token"):
        if rates := kept.at(now):
            yield Price(token=kept.token, in_per_m=rates.in_per_m, out_per_m=rates.out_per_m, **own)
    call = OnchainCallPrice.objects.filter(**own).first()
    if call and (by_call := call.at(now)):
        yield Price(token=by_call[0], per_call=by_call[1], **own)
