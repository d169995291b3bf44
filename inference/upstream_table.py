"""The upstreams of a listing side by side, as anybody may see them: who runs each, whether it answers, how well."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC

from django.db.models import F
from django.utils.translation import gettext as _

from marketplace.listings.figures import duration, share, speed
from marketplace.listings.models import Listing
from marketplace.listings.performance import EngineDay, Performance, engine_days
from marketplace.listings.runtime import ENOUGH

from .choosing import keeps_of, runs_at, serving
from .days_plot import DaysPlot, days_plot
from .models import Kind, Upstream, UpstreamState

STATES = {UpstreamState.HEALTHY: "good", UpstreamState.PROBING: "wait"}
UNKNOWN = "–"


@dataclass(frozen=True)
class UpstreamRow:
    """One upstream: ``performance`` is of the newest version that was measured on it, ``by_price`` its place by cost.

    Of what its seller pays nothing is told but that place, None where they do not say.
    """

    upstream: Upstream
    performance: Performance | None
    by_price: int | None
    days: Sequence[EngineDay] = ()
    beside: Sequence[EngineDay] = ()  # those of all upstreams that it is compared with

    @property
    def name(self) -> str:
        """What callers name it by."""
        return self.upstream.engine

    @property
    def runs_at(self) -> str:
        """Where it runs, as callers name that."""
        return runs_at(self.upstream)

    @property
    def is_sellers(self) -> bool:
        """Whether its seller runs it."""
        return self.upstream.kind == Kind.URL

    @property
    def retains(self) -> bool | None:
        """Whether it keeps what it is asked; None where its seller does not say."""
        return keeps_of(self.upstream)

    @property
    def dot(self) -> str:
        """The colour of its state."""
        return STATES.get(UpstreamState(self.upstream.state), "bad")

    @property
    def first_p50_ms(self) -> int | None:
        """Milliseconds to the first token of half of its answers."""
        return self.performance.first_p50_ms if self.performance and self.performance.is_enough else None

    @property
    def first_p95_ms(self) -> int | None:
        """And of 95 in 100."""
        return self.performance.first_p95_ms if self.performance and self.performance.is_enough else None

    @property
    def speed_p50(self) -> float | None:
        """Tokens a second that half of its answers reach."""
        row = self.performance
        return row.speed_p50 / 1_000 if row and row.speed_p50 and row.written >= ENOUGH else None

    @property
    def said(self) -> list[str]:
        """Its figures as the table has them: first token, 95 in 100, tokens a second, success, uptime."""
        row = self.performance
        times = [duration(ms) if ms is not None else UNKNOWN for ms in (self.first_p50_ms, self.first_p95_ms)]
        shares = [row.success, row.uptime] if row else [None, None]
        speeds = [speed(self.speed_p50) if self.speed_p50 is not None else UNKNOWN]
        return [*times, *speeds, *(share(each) if each is not None else UNKNOWN for each in shares)]

    @property
    def plot(self) -> DaysPlot | None:
        """Its thirty days as plots, None where there is nothing to draw."""
        found = days_plot(self.days, self.performance.until.astimezone(UTC).date()) if self.performance else None
        return replace(found, beside=self.beside) if found else None

    @property
    def keeps(self) -> str:
        """What is said of what it keeps, in words."""
        if self.retains is None:
            return _("not said")
        return _("yes") if self.retains else _("no")


def upstream_rows(listing: str) -> list[UpstreamRow]:
    """Return what answers for a listing as it is offered now, in its seller's order. Three queries at most."""
    found = serving(listing)
    measured: dict[str, list[Performance]] = {}
    rated = Performance.objects.filter(listing__name=found[0].listing if found else "")
    for row in rated.order_by(F("last_at").desc(nulls_last=True), "-pk"):
        measured.setdefault(row.engine, []).append(row)
    places = _places(found)
    return [_row(each, measured.get(each.engine, []), places.get(each.engine)) for each in found]


@dataclass(frozen=True)
class ComparedUpstreams:
    """A model that several upstreams answer for, and each of them."""

    listing: Listing
    rows: list[UpstreamRow]


def compared_upstreams(listings: Iterable[Listing]) -> list[ComparedUpstreams]:
    """Return those of the listings that have several upstreams. Three queries each at most."""
    found = [ComparedUpstreams(each, upstream_rows(each.name)) for each in listings]
    return _on_one_scale([each for each in found if len(each.rows) > 1])


def _on_one_scale(found: Sequence[ComparedUpstreams]) -> list[ComparedUpstreams]:
    """Have all plots drawn on one scale of each kind."""
    plots = [row.plot for each in found for row in each.rows]
    days = [day for plot in plots if plot for day in plot.days]
    return [replace(each, rows=[replace(row, beside=days) for row in each.rows]) for each in found]


def _row(upstream: Upstream, measured: Sequence[Performance], by_price: int | None) -> UpstreamRow:
    return UpstreamRow(upstream, measured[0] if measured else None, by_price, engine_days(measured))


def _places(found: Sequence[Upstream]) -> dict[str, int]:
    """Return the place of each by what it costs its seller, the cheapest 1; none where there is nothing to compare."""
    costs = {each.engine: each.cost_micros if each.kind == Kind.URL else 0 for each in found}
    known = {name: cost for name, cost in costs.items() if cost is not None}
    order = sorted(set(known.values()))
    return {name: order.index(cost) + 1 for name, cost in known.items()} if len(known) > 1 else {}
