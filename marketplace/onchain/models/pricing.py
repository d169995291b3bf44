"""How listings are priced beyond their plans, as the chain has it: bulk tiers, demand, quality, and metered rates.

Only the indexer writes these tables (``handlers/pricing.py``).
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import models

from common.fields import WeiField
from contracts.models import Chain, Fact, address_field, hash_field
from contracts.money import Terms, Tier

from .listings import NOT_OFFERED

NO_RATE = 2**96 - 1  # both rates at this take METERED in their token off


class OnchainPricing(models.Model):
    """The fold of a model's pricing terms. Parts are in 1/10,000; ``tiers`` is [[from, discount], …].

    ``target`` is the units that a window of demand is expected to sell; zero: demand does not move the price.
    """

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="+")
    model_id = hash_field()
    target = models.PositiveBigIntegerField(default=0)
    floor_bps = models.PositiveIntegerField(default=0)
    cap_bps = models.PositiveIntegerField(default=0)
    premium_bps = models.PositiveIntegerField(default=0)
    tiers = models.JSONField(default=list)
    changed_block = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "model_id"], name="onchain_pricing_unique")]

    def __str__(self) -> str:
        return self.model_id

    @property
    def terms(self) -> Terms:
        """The same for ``contracts.money``."""
        tiers = tuple(Tier(start, discount) for start, discount in self.tiers)
        return Terms(self.target, self.floor_bps, self.cap_bps, self.premium_bps, tiers)


class Rates(NamedTuple):
    """Units of a token for 1,000,000 tokens read, and written."""

    in_per_m: int
    out_per_m: int


class OnchainRates(models.Model):
    """The fold of a model's METERED rates in one token: the last ones, and those in force until ``last_from``.

    Where both rates of a pair are ``NO_RATE``, METERED is not offered.
    """

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="+")
    model_id = hash_field()
    token = address_field()
    # Before the first rates METERED is off, and they too hold only after the delay.
    before_in = WeiField(default=NO_RATE)
    before_out = WeiField(default=NO_RATE)
    last_in = WeiField(default=NO_RATE)
    last_out = WeiField(default=NO_RATE)
    last_from = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "model_id", "token"], name="onchain_rates_unique")]

    def __str__(self) -> str:
        return f"{self.model_id} in {self.token}"

    def at(self, moment: datetime) -> Rates | None:
        """Return the rates in force at a moment, or None where METERED was not offered in this token."""
        return self.last if moment >= self.last_from else _rates(self.before_in, self.before_out)

    @property
    def last(self) -> Rates | None:
        """The rates that were set last, in force or not yet."""
        return _rates(self.last_in, self.last_out)


class OnchainCallPrice(models.Model):
    """The fold of what a call of a model costs: as it was set last, and what held until ``last_from``.

    A price of ``NOT_OFFERED`` is none: METERED is not sold by the call then.
    """

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="+")
    model_id = hash_field()
    before_token = address_field(blank=True)
    before_price = WeiField(default=NOT_OFFERED)
    last_token = address_field(blank=True)
    last_price = WeiField(default=NOT_OFFERED)
    last_from = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "model_id"], name="onchain_call_price_unique")]

    def __str__(self) -> str:
        return f"a call of {self.model_id}"

    def at(self, moment: datetime) -> tuple[str, int] | None:
        """Return the token and the price in force at a moment, or None where a call had no price."""
        is_last = moment >= self.last_from
        token, price = (self.last_token, self.last_price) if is_last else (self.before_token, self.before_price)
        return None if price == NOT_OFFERED else (token, price)


class DemandFact(Fact):
    """Sales moved a model's demand multiplier, in 1e18."""

    model_id = hash_field()
    old = WeiField()
    new = WeiField()

    class Meta(Fact.Meta):
        indexes = [*Fact.Meta.indexes, models.Index(fields=["chain", "model_id"], name="demand_model")]


def _rates(in_per_m: int, out_per_m: int) -> Rates | None:
    return None if in_per_m == out_per_m == NO_RATE else Rates(in_per_m, out_per_m)
