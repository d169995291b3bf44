"""What a seller's bounds of demand mean: the price that follows so many units sold in a window, as a plot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from contracts.money import BPS, ONE, Demand, Terms, demand_at, quote, sell

LEFT, WIDTH = 0.5, 99.0  # per cent of the plot
TOP, HEIGHT = 18.0, 150.0  # CSS pixels
WINDOWS = 24  # shown


@dataclass(frozen=True)
class Course:
    """The price of one unit, window by window, while each sells ``share`` of the target, in hundredths.

    ``segments`` are its lines: x in per cent of the width and y in pixels, from and to.
    """

    share: int
    prices: list[int]
    segments: list[tuple[float, float, float, float]]

    @property
    def last(self) -> int:
        """Where it ends."""
        return self.prices[-1]


@dataclass(frozen=True)
class Line:
    """A level of the plot: a price, and where it stands in pixels from the top."""

    price: int
    y: float


@dataclass(frozen=True)
class DemandPlot:
    """Three courses between floor and cap: nobody buys, the target is met, twice the target is sold."""

    courses: list[Course]
    floor: Line
    base: Line
    cap: Line
    window: int

    @property
    def hours(self) -> int:
        """How long a window is."""
        return self.window // 3_600

    @property
    def rows(self) -> list[tuple[int, list[int]]]:
        """The table: the number of the window and the price in each course."""
        return [(place, [course.prices[place] for course in self.courses]) for place in range(WINDOWS + 1)]


def demand_plot(terms: Terms, base: int, window: int, step_bps: int) -> DemandPlot | None:
    """Return the plot for a base price, or None where demand does not move it. ``window`` is in seconds."""
    if not terms.target or base <= 0:
        return None
    low, high = (_unit(terms, base, at * ONE // BPS) for at in (terms.floor_bps, terms.cap_bps))
    scale = _Scale(low, high)
    return DemandPlot(
        [_course(terms, base, share, window, step_bps, scale) for share in (200, 100, 0)],
        Line(low, scale.y(low)),
        Line(base, scale.y(base)),
        Line(high, scale.y(high)),
        window,
    )


@dataclass(frozen=True)
class _Scale:
    low: int
    high: int

    def y(self, price: int) -> float:
        span = self.high - self.low or 1
        return round(TOP + HEIGHT * (self.high - price) / span, 2)


def _course(terms: Terms, base: int, share: int, window: int, step_bps: int, scale: _Scale) -> Course:
    demand = Demand(ONE, 0)
    prices = []
    for place in range(WINDOWS + 1):
        demand = demand_at(terms, demand, place * window, window, step_bps)
        prices.append(_unit(terms, base, demand.multiplier))
        demand = sell(terms, demand, terms.target * share // 100)
    places = [(round(LEFT + WIDTH * place / WINDOWS, 2), scale.y(price)) for place, price in enumerate(prices)]
    return Course(share, prices, [(*start, *end) for start, end in pairwise(places)])


def _unit(terms: Terms, base: int, multiplier: int) -> int:
    return quote(replace(terms, tiers=()), base, 1, multiplier).unit_price
