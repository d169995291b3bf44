"""What metered use of a listing costs now, as its seller has set it on chain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.utils import timezone

from common.statements import Found, Given, Question, Statement, together
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
    """Return what use of a listing costs there now, None where it is not metered in that token. Two trips."""
    found = (each for each in prices_of(listing, chain_id) if each.token == token.lower())
    return next(found, None)


def prices_of(listing: str, chain_id: int | None = None, now: datetime | None = None) -> list[Price]:
    """Return all that metered use of a listing can be paid with now, on one chain or on all. Two trips at most.

    What is not for sale now has no price: the escrow pays into no other model's bucket.
    """
    adopted = Adoption.objects.filter(listing__name=listing)
    if chain_id is not None:
        adopted = adopted.filter(chain_id=chain_id)
    found = list(adopted.order_by("-pk"))
    asked = prices_asked(found)
    return prices_in(found, together(*asked), now) if asked else []


def prices_asked(adoptions: Iterable[Adoption]) -> list[Question[Any]]:
    """Return the questions that ``prices_in`` takes the answers of."""
    own = [{"chain": each.chain_id, "model": each.model_id} for each in adoptions]
    return [statement().asked(**each) for each in own for statement in (_listed, _rates, _by_call)]


def prices_in(adoptions: Sequence[Adoption], found: Sequence[Found[Any]], now: datetime | None = None) -> list[Price]:
    """Return the prices of these adoptions, in their order, by the answers to ``prices_asked``. No query."""
    at, parts = now or timezone.now(), zip(found[::3], found[1::3], found[2::3], strict=True)
    return [price for each, told in zip(adoptions, parts, strict=True) for price in _prices(each, *told, at)]


def _prices(
    adoption: Adoption, listed: Found[Any], rated: Found[Any], by_call: Found[Any], now: datetime
) -> Iterator[Price]:
    own: dict[str, Any] = {"chain_id": adoption.chain_id, "model_id": adoption.model_id}
    if not listed or listed[0].state_at(now) != ListingState.LISTED:
        return
    for kept in rated:
        if rates := kept.at(now):
            yield Price(token=kept.token, in_per_m=rates.in_per_m, out_per_m=rates.out_per_m, **own)
    if by_call and (told := by_call[0].at(now)):
        yield Price(token=told[0], per_call=told[1], **own)


@cache
def _listed() -> Statement[OnchainListing]:
    return Statement(OnchainListing.objects.filter(chain=Given("chain"), model_id=Given("model")))


@cache
def _rates() -> Statement[OnchainRates]:
    return Statement(OnchainRates.objects.filter(chain=Given("chain"), model_id=Given("model")).order_by("token"))


@cache
def _by_call() -> Statement[OnchainCallPrice]:
    return Statement(OnchainCallPrice.objects.filter(chain=Given("chain"), model_id=Given("model")))
