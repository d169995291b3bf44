"""The plot of what was earned: a bar a day or a month, with a scale of at most four lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.utils.formats import date_format

from contracts.currencies import Currency
from marketplace.money.takings import Lost, Stand, Taking

from .periods import Span

TOP, HEIGHT = 8.0, 148.0  # CSS pixels from the top line to zero
FILLED = 0.76  # of a bar's room
STEPS = 3  # of the scale at most, so four lines with zero
NICE = (Fraction(1), Fraction(2), Fraction(5, 2), Fraction(5))
MOST_LABELS = 5  # along the days


@dataclass(frozen=True)
class Figures:
    """What one bar stands for, in smallest units: earned for good, what may still be refunded, what was lost."""

    matured: int = 0
    maturing: int = 0
    lost: int = 0

    @property
    def net(self) -> int:
        """What counts."""
        return self.matured + self.maturing


@dataclass(frozen=True)
class Piece:
    """A rectangle: x and width in per cent, y and height in pixels, and the class that says what it is."""

    kind: str
    y: float
    height: float


@dataclass(frozen=True)
class Bar:
    """A day or a month, from the bottom up, and where its label stands if it has one."""

    first: date
    label: str
    figures: Figures
    x: float
    width: float
    pieces: list[Piece]
    is_labelled: bool

    @property
    def middle(self) -> float:
        """Where its label stands, in per cent."""
        return round(self.x + self.width / 2, 2)


@dataclass(frozen=True)
class Mark:
    """A line of the scale."""

    value: int
    y: float
    label: str

    @property
    def label_y(self) -> float:
        """Where the foot of its label stands, so that the line meets the middle of the digits."""
        return round(self.y + 4, 2)


@dataclass(frozen=True)
class SalesPlot:
    """All that is drawn, and its table."""

    bars: list[Bar]
    scale: list[Mark]
    by_month: bool

    @property
    def rows(self) -> list[Bar]:
        """The bars that have anything to say, the newest first."""
        return [bar for bar in reversed(self.bars) if bar.figures != Figures()]

    @property
    def has_lost(self) -> bool:
        """Whether anything was refunded or is disputed."""
        return any(bar.figures.lost for bar in self.bars)

    @property
    def has_maturing(self) -> bool:
        """Whether anything may still be refunded."""
        return any(bar.figures.maturing for bar in self.bars)


def sales_plot(kept: Iterable[Taking], lost: Iterable[Lost], span: Span, currency: Currency) -> SalesPlot:
    """Return the plot of a span: what counts, and above it in outline what was paid back or is disputed."""
    return plot_of(_figures(kept, lost, span), span, currency)


def plot_of(figures: Mapping[date, Figures], span: Span, currency: Currency) -> SalesPlot:
    """Return the plot of a span by the figures of each of its slots, in the order of time."""
    scale = scale_of(max((each.net + each.lost for each in figures.values()), default=0), currency)
    return SalesPlot(list(_bars(figures, span, scale[-1].value)), scale, span.by_month)


def scale_of(most: int, currency: Currency) -> list[Mark]:
    """Return the lines from zero to the first nice value that is not below ``most``; zero alone where that is zero."""
    step = nice_step(most)
    count = -(-most // step) if step else 0
    return [
        Mark(place * step, _y(place * step, count * step), currency.number(place * step)) for place in range(count + 1)
    ]


def nice_step(most: int) -> int:
    """Return the smallest of 1, 2, 2.5 and 5 times a power of ten of which STEPS reach ``most``; zero for nothing."""
    if most <= 0:
        return 0
    power = 10 ** max(0, len(str(most)) - 2)
    wanted = (step * power * ten for ten in (1, 10, 100) for step in NICE)
    return next(int(step) for step in wanted if step.denominator == 1 and step * STEPS >= most)


def _figures(kept: Iterable[Taking], lost: Iterable[Lost], span: Span) -> dict[date, Figures]:
    sums: dict[date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for each in kept:
        sums[span.slot_of(each.made)]["maturing" if each.stand == Stand.MATURING else "matured"] += each.net
    for each in lost:
        sums[span.slot_of(each.made)]["lost"] += each.net
    return {slot: Figures(**sums[slot]) for slot in span.slots()}


def _bars(figures: Mapping[date, Figures], span: Span, top: int) -> Iterator[Bar]:
    room = 100 / len(figures)
    every = -(-len(figures) // MOST_LABELS)
    for place, (slot, each) in enumerate(figures.items()):
        x = round((place + (1 - FILLED) / 2) * room, 3)
        label = date_format(slot, "M Y" if span.by_month else "j M")
        pieces = list(_pieces(each, top))
        yield Bar(slot, label, each, x, round(room * FILLED, 3), pieces, is_labelled=place % every == 0)


def _pieces(each: Figures, top: int) -> Iterator[Piece]:
    base = 0
    for kind, value in (("matured", each.matured), ("maturing", each.maturing), ("lost", each.lost)):
        # A few smallest units can be below zero, where a bucket's rounding fell on another day.
        if value > 0:
            y = _y(base + value, top)
            yield Piece(kind, y, round(_y(base, top) - y, 2))
            base += value


def _y(value: int, top: int) -> float:
    # As a fraction: floats cannot hold 18 decimals, and differences of them are drawn.
    return round(TOP + HEIGHT * float(1 - Fraction(value, top or 1)), 2)
