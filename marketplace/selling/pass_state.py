"""What a wallet holds of a model's passes, and what may be done with them, as the contract says it now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from contracts.allowances import allowance_of
from contracts.chain import codec
from contracts.chain.client import client
from contracts.currencies import Currency, currency_of
from contracts.models import Chain
from contracts.names import COIN, PASS
from marketplace.listings.offers import sale_terms
from marketplace.money.ledger import day_of, today
from marketplace.onchain.models.listings import OnchainListing
from marketplace.onchain.models.resale import OnchainOffer

from .periods import ONE_DAY

BPS = 10_000
LAST_SECOND = 253_402_300_799  # of the year 9999, where a deadline is later


@dataclass(frozen=True)
class PassesNow:
    """What an address holds. ``locked`` of ``balance`` cannot move before ``unlocks``; the rest can, where allowed.

    ``royalty_bps`` is the model's seller's part of what is offered from now on, in 1/10,000.
    """

    balance: int
    locked: int
    unlocks: date | None
    transfers: bool
    resale: bool
    royalty_bps: int

    @property
    def free(self) -> int:
        """How many can move."""
        return max(0, self.balance - self.locked)


@dataclass(frozen=True)
class OfferNow:
    """An offer of passes. ``is_allowed``: the visitor's wallet lets the splitter take the price of one already.

    ``fee_bps`` is the protocol's part of the price, ``lineage_bps`` the parent's seller's of what is left after it.
    """

    offer: OnchainOffer
    currency: Currency
    is_allowed: bool
    fee_bps: int = 0
    lineage_bps: int = 0

    @property
    def until(self) -> datetime:
        """The last second at which it may be accepted."""
        return datetime.fromtimestamp(min(int(self.offer.deadline), LAST_SECOND), UTC)

    @property
    def royalty(self) -> int:
        """What the model's seller gets of the price of one."""
        return self.offer.unit_price * self.offer.royalty_bps // BPS

    @property
    def left(self) -> int:
        """What the holder gets of it."""
        price = self.offer.unit_price
        after_fee = price - price * self.fee_bps // BPS
        return after_fee - after_fee * self.lineage_bps // BPS - self.royalty


def passes_now(chain: Chain, account: str, model_id: str) -> PassesNow:
    """Return what an address holds of a model at the latest block. One request. Raises ChainError."""
    pass_id = int(model_id, 16)
    held, locked, policy = _views(
        chain,
        [(PASS, "holding", [account, pass_id]), (PASS, "lockedOf", [account, pass_id]), (PASS, "policyOf", [pass_id])],
    )
    # A lock holds through its day; two lanes may end on different days, and the later one is said.
    days = [held[day] for part, day in (("bought", "boughtDay"), ("given", "givenDay")) if held[part]]
    unlocks = day_of(max(day for day in days if day >= today())) + ONE_DAY if locked and max(days) >= today() else None
    return PassesNow(held["balance"], locked, unlocks, policy["transfers"], policy["resale"], policy["royaltyBps"])


def offers_standing(chain: Chain, model_id: str) -> QuerySet[OnchainOffer]:
    """Return the offers of a model's passes that can still be accepted, the cheapest of each currency first."""
    now = int(timezone.now().timestamp())
    offers = OnchainOffer.objects.filter(chain=chain, model_id=model_id, deadline__gte=now)
    return offers.order_by("token", "unit_price", "pk")


def with_allowances(chain: Chain, account: str, offers: Iterable[OnchainOffer]) -> list[OfferNow]:
    """Return offers as an account sees them. One request where any is priced in a token. Raises ChainError."""
    found = list(offers)
    if not found:
        return []
    tokens = sorted({each.token for each in found} - {COIN})
    allowed = dict(zip(tokens, (allowance_of(chain, account, token) for token in tokens), strict=True))
    fee = sale_terms(chain).fee_bps
    models = OnchainListing.objects.filter(chain=chain, model_id__in={each.model_id for each in found})
    lineage = dict(models.values_list("model_id", "royalty_bps"))
    return [
        OfferNow(
            each,
            currency_of(chain, each.token),
            each.token == COIN or allowed[each.token] >= each.unit_price,
            fee,
            lineage.get(each.model_id, 0),
        )
        for each in found
    ]


def _views(chain: Chain, asked: Sequence[tuple[str, str, list[Any]]]) -> list[Any]:
    calls = [
        ("eth_call", ({"to": chain.deployment[contract], "data": codec.call_data(contract, view, args)}, "latest"))
        for contract, view, args in asked
    ]
    answers = client(chain).batch(calls)
    return [
        codec.decode_result(contract, view, answer)
        for (contract, view, _args), answer in zip(asked, answers, strict=True)
    ]
