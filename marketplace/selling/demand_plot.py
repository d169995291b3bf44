"""Plots what a seller's bounds of demand mean: the price that follows from the units sold in each window."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from django.utils.translation import gettext as _

from contracts.money import BPS, ONE, Demand, Terms, demand_at, quote, sell

LEFT, WIDTH = 0.5, 99.0  # per cent of the plot
TOP, HEIGHT = 18.0, 150.0  # CSS pixels
WINDOWS = 24  # shown
ROOM = 16  # pixels between two labels
MARKS = (0, 6, 12, 18, 24)  # windows that are named along the foot


@dataclass(frozen=True)
class PriceCourse:
    """The price of one unit, window by window, while each sells ``share`` of the target, in hundredths.

    ``segments`` are its lines: x in per cent of the width and y in pixels, from and to.
    """

    share: int
    prices: list[int]
    segments: list[tuple[float, float, float, float]]

    @property
    def style(self) -> str:
        """The classes of its lines."""
        return {200: " lime", 0: " dashed"}.get(self.share, "")


@dataclass(frozen=True)
class Level:
    """A line of the scale: a price, and where it stands in pixels from the top."""

    name: str
    price: int
    y: float
    is_labelled: bool = True

    @property
    def label_y(self) -> float:
        """Where the foot of its number stands, so that the line meets the middle of the digits."""
        return round(self.y + 4, 2)


@dataclass(frozen=True)
class DemandPlot:
    """Three courses between floor and cap: nobody buys, the target is met, twice the target is sold."""

    courses: list[PriceCourse]
    levels: list[Level]
    window: int

    @property
    def hours(self) -> int:
        """How long a window is."""
        return self.window // 3_600

    @property
    def marks(self) -> list[tuple[int, float]]:
        """The windows that are named along the foot, with their places in per cent."""
        return [(place, round(LEFT + WIDTH * place / WINDOWS, 2)) for place in MARKS]

    @property
    def rows(self) -> list[tuple[int, list[int]]]:
        """The table: the number of the window and the price in each course."""
        return [(place, [course.prices[place] for course in self.courses]) for place in range(WINDOWS + 1)]


def demand_plot(terms: Terms, base: int, window: int, step_bps: int) -> DemandPlot | None:
    """Return the plot for a base price, or None where demand does not move it. ``window`` is in seconds."""
    # A free model stays free, whatever demand does.
    if not terms.target or base <= 0:
        return None
    low, high = (_unit(terms, base, at * ONE // BPS) for at in (terms.floor_bps, terms.cap_bps))
    scale = _Scale(low, high)
    return DemandPlot(
        [_course(terms, base, share, window, step_bps, scale) for share in (200, 100, 0)],
        _levels({_("cap"): high, _("price"): base, _("floor"): low}, scale),
        window,
    )


@dataclass(frozen=True)
class _Scale:
    low: int
    high: int

    def y(self, price: int) -> float:
        # Floor and cap may be the same price, and then everything is drawn on one line.
        span = self.high - self.low or 1
        return round(TOP + HEIGHT * (self.high - price) / span, 2)


def _levels(prices: dict[str, int], scale: _Scale) -> list[Level]:
    """Return the lines of the scale, one for prices that are the same."""
    # One label for equal prices, because two would be written over each other.
    named: dict[int, list[str]] = {}
    for name, price in prices.items():
        named.setdefault(price, []).append(name)
    levels = [Level(", ".join(names), price, scale.y(price)) for price, names in named.items()]
    # The price between its bounds says nothing where it would be written over one of them.
    ends = (levels[0].y, levels[-1].y)
    return [replace(level, is_labelled=_has_room(level.y, ends)) for level in levels]


def _has_room(y: float, ends: tuple[float, float]) -> bool:
    return y in ends or min(abs(y - end) for end in ends) >= ROOM


def _course(terms: Terms, base: int, share: int, window: int, step_bps: int, scale: _Scale) -> PriceCourse:
    demand = Demand(ONE, 0)
    prices = []
    for place in range(WINDOWS + 1):
        # In the contract's order: finished windows move the price first, then this one sells.
        demand = demand_at(terms, demand, place * window, window, step_bps)
        prices.append(_unit(terms, base, demand.multiplier))
        demand = sell(terms, demand, terms.target * share // 100)
    places = [(round(LEFT + WIDTH * place / WINDOWS, 2), scale.y(price)) for place, price in enumerate(prices)]
    return PriceCourse(share, prices, [(*start, *end) for start, end in pairwise(places)])


def _unit(terms: Terms, base: int, multiplier: int) -> int:
    # Without tiers: a discount for many units has no place in the price of one.
    return quote(replace(terms, tiers=()), base, 1, multiplier).unit_price
