"""The contracts' arithmetic in exact integers, for previews; tests hold it against the contracts themselves.

Amounts are in a token's smallest unit, parts in 1/10,000, multipliers in 1e18, times in seconds since 1970.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from contracts.names import DAY

BPS = 10_000
ONE = 10**18
LEAST_RATERS = 10
LEAST_RATED_FEES = 10**16
MIDDLING, MARKS_ABOVE = 30_000, 20_000
MOST_SOLD = 2**32 - 1


@dataclass(frozen=True)
class Tier:
    """From this quantity on, this much off."""

    start: int
    discount_bps: int


@dataclass(frozen=True)
class Terms:
    """How a listing is priced beyond its base price; ``target`` zero: demand does not move it."""

    target: int = 0
    floor_bps: int = 0
    cap_bps: int = 0
    premium_bps: int = 0
    tiers: tuple[Tier, ...] = ()

    def within(self, base: int, value: int) -> int:
        """Return the value inside floor and cap of ``base``."""
        return max(_ceil(base * self.floor_bps, BPS), min(value, base * self.cap_bps // BPS))


@dataclass(frozen=True)
class Demand:
    """The multiplier of the window that began at ``since``, and the units sold in it."""

    multiplier: int
    since: int
    sold: int = 0


@dataclass(frozen=True)
class Parts:
    """The parts of one quote."""

    demand: int
    premium_bps: int
    unit_price: int
    discount_bps: int
    total: int


def demand_at(terms: Terms, demand: Demand, now: int, window: int, step_bps: int) -> Demand:
    """Return demand as the sales of the windows that are over have left it; a step at most for each window."""
    elapsed = (now - demand.since) // window
    if terms.target == 0 or elapsed == 0:
        return demand
    step = step_bps * ONE // BPS
    multiplier = terms.within(ONE, _answered(terms.target, demand, step))
    multiplier = terms.within(ONE, _decayed(multiplier, ONE - step, elapsed - 1))
    return Demand(multiplier, demand.since + elapsed * window)


def sell(terms: Terms, demand: Demand, quantity: int) -> Demand:
    """Return demand with this much more sold in its window."""
    return replace(demand, sold=min(demand.sold + quantity, MOST_SOLD)) if terms.target else demand


def premium(wanted_bps: int, cap_bps: int, raters: int, weight: int, mean: int) -> int:
    """Return what quality adds, for a rating ``mean`` of 10,000 to 50,000."""
    if raters < LEAST_RATERS or weight < LEAST_RATED_FEES or mean <= MIDDLING:
        return 0
    return min(wanted_bps, cap_bps) * (mean - MIDDLING) // MARKS_ABOVE


def quote(terms: Terms, base_price: int, quantity: int, multiplier: int = ONE, premium_bps: int = 0) -> Parts:
    """Return what the quantity costs at this base price, every part rounded as the contract rounds it."""
    demand = multiplier if terms.target else ONE
    discount = next((tier.discount_bps for tier in reversed(terms.tiers) if tier.start <= quantity), 0)
    unit = _ceil(base_price * demand * (BPS + premium_bps), ONE * BPS)
    unit = terms.within(base_price, unit) if terms.target else unit
    return Parts(demand, premium_bps, unit, discount, _ceil(unit * quantity * (BPS - discount), BPS))


def fee_of(total: int, bps: int) -> int:
    """Return the protocol's part, or a referrer's, of a price: rounded down."""
    return total * bps // BPS


def maturity_day(now: int, refund_window: int) -> int:
    """Return the day, since 1970, through which a sale can be refunded."""
    return (now + refund_window) // DAY


def shares(gross: int, fee: int, royalty_bps: int, split_bps: Sequence[int]) -> tuple[int, int, list[int]]:
    """Return how a bucket is distributed: to the fee vault, the parent's seller, and each of the split."""
    royalty = (gross - fee) * royalty_bps // BPS
    left = gross - fee - royalty
    others = [left * bps // BPS for bps in split_bps[1:]]
    return fee, royalty, [left - sum(others), *others]


def _answered(target: int, demand: Demand, step: int) -> int:
    sold, whole = min(demand.sold, 2 * target), target * ONE
    if sold >= target:
        return demand.multiplier + demand.multiplier * step * (sold - target) // whole
    return demand.multiplier - demand.multiplier * step * (target - sold) // whole


def _decayed(multiplier: int, factor: int, windows: int) -> int:
    while windows:
        if windows & 1:
            multiplier = _ceil(multiplier * factor, ONE)
        factor = _ceil(factor * factor, ONE)
        windows >>= 1
    return multiplier


def _ceil(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)
