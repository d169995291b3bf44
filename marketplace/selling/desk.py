"""The seller's desk in one currency and one stretch of time: everything on it is from one reading of the facts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TypeVar
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from contracts.chain.fees import about_fee
from contracts.currencies import Currency, currency_of
from contracts.models import Chain
from contracts.names import COIN
from marketplace.money.credits import Balance
from marketplace.money.ledger import day_of
from marketplace.money.takings import CurrencyKey, Lost, Stand, Taking, Takings
from marketplace.onchain.models.listings import Plan

from .own_models import OwnModel
from .periods import LABELS, ONE_DAY, Period, Span, span_of
from .sales_plot import SalesPlot, sales_plot

Some = TypeVar("Some", bound=Taking)

SEGMENTS = 12  # of the slice
MINUS = "\N{MINUS SIGN}"
WITHDRAWAL_GAS = 62_000  # a transaction's own 21,000 and the measured call, with room for a token's transfer


@dataclass(frozen=True)
class Choice:
    """What the visitor has chosen to see; ``currency`` is None where nothing was."""

    period: Period = Period.MONTH
    currency: CurrencyKey | None = None


@dataclass(frozen=True)
class Change:
    """Net of the stretch before, and how much more it is now, in per cent; None where there was nothing before."""

    before: int
    percent: int | None

    @property
    def text(self) -> str:
        """The per cent with their sign."""
        percent = self.percent or 0
        sign = "+" if percent > 0 else MINUS if percent < 0 else ""
        return f"{sign}{abs(percent):,}"


@dataclass(frozen=True)
class Standing:
    """Where the net of a span is: the four add up to it. ``until`` is when the last of it has matured."""

    ready: int
    matured: int
    maturing: int
    withdrawn: int
    until: date | None

    @property
    def net(self) -> int:
        """All of it."""
        return self.ready + self.matured + self.maturing + self.withdrawn

    @cached_property
    def segments(self) -> tuple[int, int]:
        """How many of SEGMENTS are lit (the seller's for good) and in half tone (may still be refunded)."""
        lit, half, _empty = apportioned([self.ready + self.matured, self.maturing, self.withdrawn], SEGMENTS)
        return lit, half


@dataclass
class Sold:
    """Sales and net of a plan or a model in the span."""

    sales: int = 0
    net: int = 0


@dataclass(frozen=True)
class ModelRow:
    """One of the seller's models, and its plans where it has several."""

    model: OwnModel
    sold: Sold
    plans: list[tuple[Plan, Sold]]


@dataclass
class Desk:
    """What the page shows. ``today`` is in UTC, as the contracts count days."""

    takings: Takings
    chains: dict[int, Chain]
    models: list[OwnModel]
    choice: Choice
    today: date
    _kept: list[Taking] = field(init=False)
    _lost: list[Lost] = field(init=False)

    def __post_init__(self) -> None:
        self._kept = self._in_currency(self.takings.kept)
        self._lost = self._in_currency(self.takings.lost)

    @cached_property
    def currencies(self) -> list[CurrencyKey]:
        """Every currency of every chain that has to do with this wallet, the one with the most sales first."""
        sales: Counter[CurrencyKey] = Counter()
        for each in (*self.takings.kept, *self.takings.lost):
            sales[each.chain_id, each.token] += each.sales
        offered = {(model.onchain.chain_id, plan.token) for model in self.models for plan in model.plans}
        known = {key for key in {*sales, *self.takings.balances, *offered} if key[0] in self.chains}
        return sorted(known, key=lambda key: (-sales[key], key))

    @property
    def key(self) -> CurrencyKey | None:
        """The currency that is shown; None where there is none to show."""
        if self.choice.currency in self.currencies:
            return self.choice.currency
        return self.currencies[0] if self.currencies else None

    @cached_property
    def chain(self) -> Chain:
        """The chain that is shown."""
        return self.chains[self._shown[0]]

    @cached_property
    def currency(self) -> Currency:
        """The currency that is shown."""
        return currency_of(self.chain, self._shown[1])

    @property
    def switch(self) -> list[tuple[CurrencyKey, Chain, Currency]]:
        """The currencies to choose from."""
        return [(key, self.chains[key[0]], currency_of(self.chains[key[0]], key[1])) for key in sorted(self.currencies)]

    @property
    def query(self) -> str:
        """The choice, as the page's addresses name it."""
        return urlencode({"period": self.choice.period, "currency": f"{self.chain.short_name}:{self._shown[1]}"})

    @property
    def title(self) -> str:
        """The chosen stretch of time, in words."""
        return _("all time") if self.is_all_time else str(LABELS[self.choice.period])

    @property
    def is_all_time(self) -> bool:
        """Whether no sale is left out for its day."""
        return self.choice.period == Period.ALL

    @cached_property
    def span(self) -> Span:
        """The days that are shown."""
        days = [each.made for each in (*self._kept, *self._lost)]
        # A chain's clock may be a little ahead of ours, and no sale may be missing.
        return span_of(self.choice.period, max([self.today, *days]), min(days, default=None))

    @cached_property
    def net(self) -> int:
        """What the span has earned."""
        return sum(each.net for each in self._kept if each.made in self.span)

    @cached_property
    def refunded(self) -> int:
        """What it would have earned besides, had nobody been paid back."""
        return sum(each.net for each in self._lost if each.made in self.span and not each.is_held)

    @cached_property
    def held(self) -> int:
        """What waits for a ruling."""
        return sum(each.net for each in self._lost if each.made in self.span and each.is_held)

    @property
    def lost(self) -> int:
        """Both."""
        return self.refunded + self.held

    @property
    def change(self) -> Change | None:
        """How that compares; None for all of time, and before the first sale."""
        if self.span.before is None or not self._kept:
            return None
        before = sum(each.net for each in self._kept if self.span.is_before(each.made))
        return Change(before, round((self.net - before) * 100 / before) if before > 0 else None)

    @cached_property
    def plot(self) -> SalesPlot:
        """The bars of the span."""
        kept = [each for each in self._kept if each.made in self.span]
        lost = [each for each in self._lost if each.made in self.span]
        return sales_plot(kept, lost, self.span, self.currency)

    @cached_property
    def standing(self) -> Standing:
        """Where the span's net is."""
        sums: Counter[Stand] = Counter()
        last = 0
        for each in self._kept:
            if each.made in self.span:
                sums[each.stand] += each.net
                last = max(last, each.day) if each.stand == Stand.MATURING else last
        return Standing(
            sums[Stand.READY],
            sums[Stand.MATURED],
            sums[Stand.MATURING],
            sums[Stand.WITHDRAWN],
            # A bucket is held through its day, so it is free on the next.
            until=day_of(last) + ONE_DAY if last else None,
        )

    @property
    def balance(self) -> Balance:
        """What the wallet can draw, whatever it came from."""
        return self.takings.balances.get(self._shown, Balance())

    @property
    def besides(self) -> int:
        """What it can draw that no sale of the span has brought."""
        return max(0, self.balance.available - self.standing.ready)

    @property
    def ready_of_span(self) -> int:
        """What it can draw of the span's sales."""
        return self.balance.available - self.besides

    @property
    def fee(self) -> int | None:
        """About what drawing it costs in the chain's coin."""
        return about_fee(self.chain, WITHDRAWAL_GAS)

    @property
    def coin(self) -> Currency:
        """What the network is paid in."""
        return currency_of(self.chain, COIN)

    @cached_property
    def rows(self) -> list[ModelRow]:
        """The models of this chain, the one that earned most first."""
        sold = _sold(each for each in self._kept if each.made in self.span)
        own = [each for each in self.models if each.onchain.chain_id == self.chain.pk]
        rows = [_row(each, sold[each.onchain.model_id]) for each in own]
        return sorted(rows, key=lambda row: (-row.sold.net, -row.sold.sales, row.model.onchain.listed_block))

    @property
    def sales(self) -> int:
        """How many sales the span counts."""
        return sum(row.sold.sales for row in self.rows)

    @property
    def _shown(self) -> CurrencyKey:
        assert self.key is not None  # noqa: S101  a page without a currency shows no figures
        return self.key

    def _in_currency(self, takings: list[Some]) -> list[Some]:
        return [each for each in takings if (each.chain_id, each.token) == self.key]


def apportioned(parts: list[int], seats: int) -> list[int]:
    """Return how many of ``seats`` each part gets, by largest remainder; what is there at all gets one."""
    total = sum(parts)
    if total <= 0 or min(parts) < 0:
        return [0 for _part in parts]
    given = [max(1, part * seats // total) if part else 0 for part in parts]
    while sum(given) != seats:
        # The one that is furthest from its due gives, or takes, a segment.
        step = 1 if sum(given) < seats else -1
        able = [at for at, part in enumerate(parts) if part and given[at] + step > 0]
        place = max(able, key=lambda at: step * (parts[at] * seats - given[at] * total))
        given[place] += step
    return given


def _sold(kept: Iterable[Taking]) -> dict[str, dict[Plan, Sold]]:
    sold: dict[str, dict[Plan, Sold]] = defaultdict(lambda: defaultdict(Sold))
    for each in kept:
        found = sold[each.model_id][each.plan]
        found.sales, found.net = found.sales + each.sales, found.net + each.net
    return sold


def _row(model: OwnModel, sold: dict[Plan, Sold]) -> ModelRow:
    plans = [(plan, sold.get(plan, Sold())) for plan in sorted({*(Plan(each.plan) for each in model.plans), *sold})]
    total = Sold(sum(each.sales for each in sold.values()), sum(each.net for each in sold.values()))
    # One plan says nothing that its model does not.
    return ModelRow(model, total, plans if len(plans) > 1 else [])
