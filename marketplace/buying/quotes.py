"""What a purchase would cost now, part by part, as the contract computes it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.core.cache import cache
from django.utils.formats import number_format

from contracts.chain import codec
from contracts.chain.client import client
from contracts.currencies import Currency, currency_of
from contracts.models import Chain
from contracts.names import MARKET

ONE = 10**18
BPS = 10_000
RECENT_SECONDS = 10  # for which a quote is shown again, where no block comes


@dataclass(frozen=True)
class Quote:
    """The contract's quote. Amounts are units of ``currency``; ``fee`` is part of ``total``, ``referral`` of ``fee``.

    ``demand`` is a multiplier in 1e18, ``premium_bps`` and ``discount_bps`` are in 1/10,000.
    """

    currency: Currency
    quantity: int
    base_price: int
    demand: int
    premium_bps: int
    unit_price: int
    discount_bps: int
    total: int
    fee: int
    referral: int
    maturity_day: int

    @property
    def token(self) -> str:
        """The currency's address."""
        return self.currency.token

    @property
    def demand_text(self) -> str:
        """The multiplier as people write it: 1.13."""
        return number_format(self.demand / ONE, 2, force_grouping=True)

    @property
    def moves_with_demand(self) -> bool:
        """Whether demand makes the price another one now."""
        return self.demand != ONE

    @property
    def premium_percent(self) -> float:
        """What quality adds, in per cent."""
        return self.premium_bps / 100

    @property
    def discount_percent(self) -> float:
        """What the quantity takes off, in per cent."""
        return self.discount_bps / 100

    @property
    def discount(self) -> int:
        """The same in units."""
        # With what the contract rounded, so that the lines add up to the total.
        return self.unit_price * self.quantity - self.total

    @property
    def sellers_part(self) -> int:
        """What is left for the seller's side."""
        return self.total - self.fee

    @property
    def refundable_until(self) -> date:
        """The day through which it can be paid back."""
        return datetime.fromtimestamp(self.maturity_day * 86_400, UTC).date()

    def as_json(self) -> dict[str, Any]:
        """Return what an order keeps of it."""
        # An order has its token in a column, and what a token calls itself is read when it is shown.
        return {name: value for name, value in asdict(self).items() if name != "currency"}


def ask_quote(chain: Chain, model_id: str, plan: int, quantity: int) -> Quote:
    """Ask the contract. Raises RevertedError with its reason, RetryableChainError."""
    data = codec.call_data(MARKET, "quote", [model_id, plan, quantity])
    said = codec.decode_result(MARKET, "quote", client(chain).eth_call(chain.deployment[MARKET], data))
    return Quote(
        currency=currency_of(chain, said["token"]),
        quantity=quantity,
        base_price=said["basePrice"],
        demand=said["demand"],
        premium_bps=said["premiumBps"],
        unit_price=said["unitPrice"],
        discount_bps=said["discountBps"],
        total=said["total"],
        fee=said["fee"],
        referral=said["referral"],
        maturity_day=said["maturityDay"],
    )


def recent_quote(chain: Chain, model_id: str, plan: int, quantity: int) -> Quote:
    """Return what the contract asks as of the last indexed block, for a page to show; see ``ask_quote``.

    It is asked once a block: who sees it, and through whom they came, changes nothing of it, and anybody may ask.
    """
    # By the head's hash: two branches of a reorganisation have the same numbers.
    key = f"quote:{chain.pk}:{chain.head_hash()}:{model_id}:{plan}:{quantity}"
    known: Quote | None = cache.get(key)
    if known is None:
        known = ask_quote(chain, model_id, plan, quantity)
        cache.set(key, known, RECENT_SECONDS)
    return known
