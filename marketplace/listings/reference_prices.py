"""What hosts elsewhere charge for a model, as a plot: a row a host, input and output on one scale."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from common.templatetags.look import usd

from .models import Listing

ROW, FIRST = 44, 34  # CSS pixels; x is in per cent, so the plot fills any width and its text keeps its size
LEFT, WIDTH = 1.5, 95.0
DECADES_FOR_LOG = 1.5
MOST_STEPS = 4


@dataclass(frozen=True)
class HostPrices:
    """One host's prices, in US dollars a million tokens, and where they stand in the plot (x in per cent)."""

    provider: str
    input: float | None
    output: float | None
    row: int
    x_input: float | None
    x_output: float | None

    @property
    def y(self) -> int:
        return FIRST + self.row * ROW

    @property
    def label_y(self) -> int:
        return self.y - 13


@dataclass(frozen=True)
class Tick:
    """A line of the scale."""

    x: float
    label: str
    anchor: str


@dataclass(frozen=True)
class PricePlot:
    """Everything that the plot, its sentence and its table show."""

    hosts: list[HostPrices]
    ticks: list[Tick]
    is_log: bool

    @property
    def height(self) -> int:
        return FIRST + len(self.hosts) * ROW

    @property
    def axis_y(self) -> int:
        return self.height - 18

    @property
    def summary(self) -> str:
        """The plot in a sentence."""
        if len(self.hosts) == 1:
            return _charged(self.hosts[0])
        outputs = [host for host in self.hosts if host.output is not None]
        if not outputs:
            return _("What hosts elsewhere charge for a million tokens.")
        low = min(outputs, key=lambda host: host.output or 0)
        high = max(outputs, key=lambda host: host.output or 0)
        if low.output == high.output:
            return _("A million output tokens cost %(low)s at %(host)s.") % {
                "low": _cost(low.output),
                "host": low.provider,
            }
        return _("A million output tokens cost from %(low)s at %(host)s to %(high)s at %(dear)s.") % {
            "low": _cost(low.output),
            "host": low.provider,
            "high": _cost(high.output),
            "dear": high.provider,
        }


def _charged(host: HostPrices) -> str:
    """Say what one host charges, alone."""
    kinds = [(host.input, _("%(cost)s a million input tokens")), (host.output, _("%(cost)s a million output tokens"))]
    costs = [said % {"cost": _cost(amount)} for amount, said in kinds if amount is not None]
    return _("%(host)s charges %(costs)s.") % {"host": host.provider, "costs": get_text_list(costs, _("and"))}


def _cost(amount: float | None) -> str:
    """Return a price as a sentence says it."""
    return usd(amount) if amount else _("nothing")


def provider_label(provider: str) -> str:
    """Return a host's key in words: ``together_ai`` → ``together ai``."""
    return provider.replace("_", " ")


def price_plot(listing: Listing) -> PricePlot | None:
    """Return the plot of a listing's reference prices, or None where there are none. Makes no query."""
    prices = sorted(listing.reference_prices, key=_cheapest_first)
    amounts = [price[key] for price in prices for key in ("input_usd_per_mtok", "output_usd_per_mtok") if key in price]
    if not amounts:
        return None
    scale = _Scale(amounts)
    hosts = [
        HostPrices(
            provider_label(price["provider"]),
            price.get("input_usd_per_mtok"),
            price.get("output_usd_per_mtok"),
            row,
            scale.x(price.get("input_usd_per_mtok")),
            scale.x(price.get("output_usd_per_mtok")),
        )
        for row, price in enumerate(prices)
    ]
    return PricePlot(hosts, scale.ticks(), scale.is_log)


def _cheapest_first(price: dict[str, Any]) -> tuple[float, str]:
    amount = price.get("output_usd_per_mtok", price.get("input_usd_per_mtok"))
    return (float("inf") if amount is None else amount, price["provider"])


class _Scale:
    """Ends on round figures: linear from zero, or in decades where prices lie far apart and none is free."""

    def __init__(self, amounts: list[float]) -> None:
        # All may be free, and a scale needs a length.
        low, high = min(amounts), max(amounts) or 1.0
        self.is_log = low > 0 and log10(high / low) > DECADES_FOR_LOG
        if self.is_log:
            decades = range(floor(log10(low)), ceil(log10(high)) + 1)
            self.marks = [10.0**decade for decade in decades]
        else:
            step = _round_step(high / MOST_STEPS)
            # Less a little, or a rounding error would add a mark.
            self.marks = [step * count for count in range(ceil(high / step - 1e-9) + 1)]

    def x(self, amount: float | None) -> float | None:
        """Return where an amount stands, in per cent of the plot's width."""
        if amount is None:
            return None
        low, high = self.marks[0], self.marks[-1]
        share = log10(amount / low) / log10(high / low) if self.is_log else amount / high
        return round(LEFT + share * WIDTH, 2)

    def ticks(self) -> list[Tick]:
        last = len(self.marks) - 1
        anchors = ["start", *["middle"] * (last - 1), "end"]
        return [
            Tick(self.x(mark) or 0.0, usd(float(f"{mark:.6g}")) if mark else "$0", anchor)
            for mark, anchor in zip(self.marks, anchors, strict=True)
        ]


def _round_step(least: float) -> float:
    """Return the smallest of 1, 2 or 5 times a power of ten that is at least ``least``."""
    power: float = 10.0 ** floor(log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))
