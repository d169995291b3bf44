"""The fees of a stretch of time in one currency, as the treasury's page and its file show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from contracts.currencies import Currency, currency_of
from contracts.models import Chain
from contracts.names import COIN
from marketplace.selling.periods import Span, span_of
from marketplace.selling.sales_plot import SalesPlot, plot_of

from .fees import Fee, ModelFees, Stand, by_model, by_slot
from .forms import Asked

MOST_MODELS = 8  # in the list


@dataclass(frozen=True)
class Inflow:
    """All fees of a chain, and what is asked of them."""

    chain: Chain
    fees: Sequence[Fee]
    asked: Asked
    today: date

    @cached_property
    def currencies(self) -> list[Currency]:
        """What fees were ever paid in, the coin first."""
        tokens = {COIN, *(fee.token for fee in self.fees)}
        return [currency_of(self.chain, token) for token in sorted(tokens)]

    @cached_property
    def currency(self) -> Currency:
        """The one that is shown."""
        return next((each for each in self.currencies if each.token == self.asked.token), self.currencies[0])

    @cached_property
    def span(self) -> Span:
        """The days that are shown."""
        earliest = min((fee.made for fee in self.fees), default=None)
        return span_of(self.asked.period, self.today, earliest)

    @cached_property
    def shown(self) -> list[Fee]:
        """The fees of these days, in this currency."""
        return [fee for fee in self.fees if fee.token == self.currency.token and fee.made in self.span]

    @cached_property
    def plot(self) -> SalesPlot:
        """By day, or by month."""
        return plot_of(by_slot(self.shown, self.span), self.span, self.currency)

    @cached_property
    def models(self) -> list[ModelFees]:
        """By model, the most first."""
        return by_model(self.shown)

    @property
    def first_models(self) -> list[ModelFees]:
        """Those that paid the most."""
        return self.models[:MOST_MODELS]

    @property
    def other_models(self) -> list[ModelFees]:
        """The rest."""
        return self.models[MOST_MODELS:]

    @property
    def others(self) -> ModelFees:
        """The sum of the rest."""
        rest = self.other_models
        return ModelFees("", "", *(sum(getattr(each, name) for each in rest) for name in ("net", "referred", "sales")))

    @property
    def net(self) -> int:
        """What these days' sales bring the fee vault, if nothing more is refunded."""
        return sum(fee.net for fee in self.shown if fee.counts)

    @property
    def referred(self) -> int:
        """What of their fees goes to those who sent the buyers."""
        return sum(fee.referred for fee in self.shown if fee.counts)

    def standing(self, stand: Stand) -> int:
        """Return how much of all fees in this currency, whenever paid, stands where."""
        return sum(fee.net for fee in self.fees if fee.token == self.currency.token and fee.stand == stand)

    @property
    def maturing(self) -> int:
        """What may still be refunded."""
        return self.standing(Stand.MATURING)

    @property
    def due(self) -> int:
        """What has matured and nobody has distributed."""
        return self.standing(Stand.DUE)
