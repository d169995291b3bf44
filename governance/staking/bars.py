"""The plot of rewards: a bar a week, its own part in it first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.formats import date_format

from contracts.currencies import COIN_DECIMALS, Currency
from contracts.models import Chain
from contracts.names import COIN
from marketplace.selling.sales_plot import HEIGHT, TOP, Mark, scale_of

from .weeks import Week

FILLED = 0.7  # of a bar's room


@dataclass(frozen=True)
class Bar:
    """A week: x and width in per cent, and its pieces as (kind, y, height) in CSS pixels."""

    week: Week
    label: str
    x: float
    width: float
    pieces: list[tuple[str, float, float]]
    is_labelled: bool

    @property
    def middle(self) -> float:
        """Where its label stands, in per cent."""
        return round(self.x + self.width / 2, 2)


@dataclass(frozen=True)
class RewardsPlot:
    """What is drawn, and the unit of its scale."""

    bars: list[Bar]
    scale: list[Mark]
    currency: Currency

    @property
    def has_left(self) -> bool:
        """Whether anything of the running week is still to stream."""
        return self.bars[-1].week.left > 0

    @property
    def rows(self) -> list[Week]:
        """The weeks, the newest first."""
        return [bar.week for bar in reversed(self.bars)]


def rewards_plot(chain: Chain, weeks: Sequence[Week]) -> RewardsPlot | None:
    """Return the plot of these weeks, the oldest first; None where none of them brought anything."""
    most = max((week.planned for week in weeks), default=0)
    if not most:
        return None
    currency = Currency(COIN, chain.coin, COIN_DECIMALS)
    scale = scale_of(most, currency)
    room, every = 100 / len(weeks), -(-len(weeks) // 5)
    bars = [
        Bar(
            week,
            date_format(week.start, "j M"),
            round((place + (1 - FILLED) / 2) * room, 3),
            round(room * FILLED, 3),
            _pieces(week, scale[-1].value),
            is_labelled=place % every == 0,
        )
        for place, week in enumerate(weeks)
    ]
    return RewardsPlot(bars, scale, currency)


def _pieces(week: Week, top: int) -> list[tuple[str, float, float]]:
    heights = [
        ("matured", week.own, 0),
        ("maturing", week.others, week.own),
        ("lost", week.left, week.own + week.others),
    ]
    return [
        (kind, round(TOP + HEIGHT * (1 - (below + value) / top), 2), round(HEIGHT * value / top, 2))
        for kind, value, below in heights
        if value
    ]
