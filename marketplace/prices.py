"""What hosts elsewhere charge for a model, as a plot: a row a host, input and output on one scale."""

from __future__ import annotations

from dataclasses import dataclass
from math import log10
from typing import Any

from django.utils.translation import gettext as _

from common.templatetags.look import usd

from .models import Listing

ROW, FIRST = 44, 34  # CSS pixels; x is in per cent, so the plot fills any width and its text keeps its size
LEFT, WIDTH = 1.5, 95.0
DECADES_FOR_LOG = 1.5


@dataclass(frozen=True)
class Offer:
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


@dataclass(frozen=True)
class PricePlot:
    """Everything that the plot, its sentence and its table show."""

    offers: list[Offer]
    ticks: list[Tick]
    is_log: bool

    @property
    def height(self) -> int:
        return FIRST + len(self.offers) * ROW

    @property
    def axis_y(self) -> int:
        return self.height - 18

    @property
    def summary(self) -> str:
        """The plot in a sentence."""
        outputs = [offer for offer in self.offers if offer.output is not None]
        if not outputs:
            return _("What hosts elsewhere charge for a million tokens.")
        low = min(outputs, key=lambda offer: offer.output or 0)
        high = max(outputs, key=lambda offer: offer.output or 0)
        if low.output == high.output:
            return _("A million output tokens cost %(low)s at %(host)s.") % {
                "low": usd(low.output),
                "host": low.provider,
            }
        return _("A million output tokens cost from %(low)s at %(host)s to %(high)s at %(dear)s.") % {
            "low": usd(low.output),
            "host": low.provider,
            "high": usd(high.output),
            "dear": high.provider,
        }


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
    offers = [
        Offer(
            provider_label(price["provider"]),
            price.get("input_usd_per_mtok"),
            price.get("output_usd_per_mtok"),
            row,
            scale.x(price.get("input_usd_per_mtok")),
            scale.x(price.get("output_usd_per_mtok")),
        )
        for row, price in enumerate(prices)
    ]
    return PricePlot(offers, scale.ticks(), scale.is_log)


def _cheapest_first(price: dict[str, Any]) -> tuple[float, str]:
    amount = price.get("output_usd_per_mtok", price.get("input_usd_per_mtok"))
    return (float("inf") if amount is None else amount, price["provider"])


class _Scale:
    """Linear from zero, or logarithmic where the prices span more than a decade and a half and none is free."""

    def __init__(self, amounts: list[float]) -> None:
        self.high = max(amounts) or 1.0
        self.low = min(amounts)
        self.is_log = self.low > 0 and log10(self.high / self.low) > DECADES_FOR_LOG

    def x(self, amount: float | None) -> float | None:
        if amount is None:
            return None
        share = log10(amount / self.low) / log10(self.high / self.low) if self.is_log else amount / self.high
        return round(LEFT + share * WIDTH, 2)

    def ticks(self) -> list[Tick]:
        shares = (0.0, 0.5, 1.0)
        amounts = [self.low * (self.high / self.low) ** share if self.is_log else self.high * share for share in shares]
        labels = [usd(float(f"{amount:.2g}")) if amount else "$0" for amount in amounts]
        return [Tick(round(LEFT + share * WIDTH, 2), label) for share, label in zip(shares, labels, strict=True)]
