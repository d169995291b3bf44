"""A search as its page shows it: addresses, facet choices with counts, chips, orders."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.contrib.humanize.templatetags.humanize import intcomma
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from common.fragments import Lately
from common.templatetags.look import compact
from marketplace.listings.taxonomy import SIZES, UNKNOWN

from .facets import FACETS, RANGES, Facet
from .search import ORDERS, RELEVANCE, RUNNING, Search
from .tallies import SearchCounts
from .typed import Range, range_text

SHOWN_VALUES = 7
COUNTS_KEPT = 5.0  # seconds that the counts beside a search may be old
RANGE_HINTS = {"params": "100m", "context": "8k", "released": "2024"}

ORDER_TITLES: dict[str, StrOrPromise] = {
    RELEVANCE: _("Most relevant first"),
    RUNNING: _("What runs here first"),
    "cheapest": _("For sale, cheapest first"),
    "trending": _("Trending"),
    "most-used": _("Most used"),
    "newest": _("Newest first"),
    "name": _("By name"),
    "smallest": _("Smallest first"),
    "largest": _("Largest first"),
}


@dataclass(frozen=True)
class Choice:
    """A value of a facet that can be chosen, and how many listings have it."""

    facet: str
    value: str
    label: str
    count: int
    checked: bool
    exact: bool = True  # else there may be more
    typed: bool = False  # in the words of the search, where alone it can be taken back

    @property
    def shown(self) -> str:
        """The count as it is shown: 2,300, or 2,300+ where there may be more."""
        return f"{intcomma(self.count)}{'' if self.exact else '+'}"

    @property
    def url(self) -> str:
        """The catalogue narrowed by this value alone."""
        return list_address(Search(chosen={self.facet: [self.value]}))


@dataclass(frozen=True)
class FacetView:
    """A facet with the choices to show at once (every chosen one among them) and those behind "more"."""

    facet: Facet
    shown: list[Choice]
    more: list[Choice]


@dataclass(frozen=True)
class Counted:
    """How many a search finds, and its facets with counts; ``key`` differs wherever what is shown does."""

    count: int
    facets: list[FacetView]
    key: str


counts_lately = Lately[Counted](COUNTS_KEPT)


def counted(search: Search) -> Counted:
    """Return the counts of a search, at most ``COUNTS_KEPT`` old. One query, or none."""
    # With the language, because labels are kept too.
    key = repr((search.q, search.chosen, search.ranges, search.owner and search.owner.pk, get_language()))

    def count() -> Counted:
        found = search.tally()
        return Counted(found.count, facet_views(search, found), f"{key}{found.facets}{sorted(found.cut)}")

    return counts_lately.get(key, count)


@dataclass(frozen=True)
class Chip:
    """A chosen value, and the address of the same search without it."""

    label: str
    url: str


def list_address(search: Search, *, view: str = "list", cursor: str = "") -> str:
    """Return the catalogue's address for a search, with nothing in it that is as it would be anyway."""
    pairs = [
        ("q", search.q if search.asks_nothing else search.words),
        *((name, value) for name, values in search.filters.items() for value in values),
    ]
    pairs += [(name, range_text(found)) for name, found in search.all_ranges.items()]
    pairs += [("sort", search.sort if search.sort in ORDERS else ""), ("view", view if view == "grid" else "")]
    query = urlencode([(key, value) for key, value in [*pairs, ("cursor", cursor)] if value])
    return f"{reverse('models')}?{query}" if query else reverse("models")


def facet_views(search: Search, found: SearchCounts, names: Iterable[str] | None = None) -> list[FacetView]:
    """Return the facets that have anything to choose, in their order, with counts from ``Search.tally``."""
    views = []
    for facet in FACETS:
        if names is not None and facet.name not in names:
            continue
        choices = _choices(facet, search, found)
        if choices:
            # What is chosen stays in sight, however much it is.
            kept = max(SHOWN_VALUES, sum(choice.checked for choice in choices))
            views.append(FacetView(facet, choices[:kept], choices[kept:]))
    return views


def _choices(facet: Facet, search: Search, found: SearchCounts) -> list[Choice]:
    counts, exact = found.facets[facet.name], facet.name not in found.cut
    chosen, typed = search.filters.get(facet.name, []), search.query.chosen.get(facet.name, [])
    values = [*chosen, *(value for value in counts if value not in chosen)]
    return [
        Choice(facet.name, value, facet.label(value), counts.get(value, 0), value in chosen, exact, value in typed)
        for value in sorted(values, key=lambda value: _place(facet, value, chosen))
    ]


def _place(facet: Facet, value: str, chosen: list[str]) -> tuple[bool, int]:
    """Sizes stand in their own order; elsewhere what is chosen comes first and what is not stated last."""
    if facet.name == "size":
        return (value == UNKNOWN, list(SIZES).index(value) if value in SIZES else 0)
    return (value == UNKNOWN and value not in chosen, value not in chosen)


def chips(search: Search, *, view: str) -> list[Chip]:
    """Return what narrows a search, the words first, each with the way back out of it."""
    plain = clicked(search)
    found = [Chip(f"“{plain.q}”", list_address(replace(plain, q=""), view=view))] if plain.q else []
    for facet in FACETS:
        chosen = plain.chosen.get(facet.name, [])
        for value in chosen:
            rest = {**plain.chosen, facet.name: [other for other in chosen if other != value]}
            found.append(Chip(facet.label(value), list_address(replace(plain, chosen=rest), view=view)))
    for name, bounds in plain.ranges.items():
        others = {other: kept for other, kept in plain.ranges.items() if other != name}
        label = f"{RANGES[name][1]}: {range_label(name, bounds)}"
        found.append(Chip(label, list_address(replace(plain, ranges=others), view=view)))
    return found


def clicked(search: Search) -> Search:
    """Return the same search with its typed filters as if they had been clicked; what means nothing stays typed."""
    if search.asks_nothing:
        return search
    return replace(search, q=search.words, chosen=search.filters, ranges=search.all_ranges)


def range_label(name: str, bounds: Range) -> str:
    """Return a range of a figure in words."""
    return _days(bounds) if name == "released" else _bounds(bounds)


def _bounds(bounds: Range) -> str:
    low, high = (None if bound is None else compact(bound) for bound in bounds)
    if low == high:
        return str(low)
    return f"{low} – {high}" if low and high else f"≥ {low}" if low else f"≤ {high}"


def _days(bounds: Range) -> str:
    """Return a range of days (YYYYMMDD) in words: a whole year by its number."""
    low, high = (None if bound is None else f"{int(bound):08d}" for bound in bounds)
    if low and high and low[4:] == "0101" and high == f"{low[:4]}1231":
        return low[:4]
    first, last = (day and f"{day[:4]}-{day[4:6]}-{day[6:]}" for day in (low, high))
    return " – ".join(day or "…" for day in (first, last))


@dataclass(frozen=True)
class RangeView:
    """A figure that can be bounded, with the bounds as they are typed; ``hint`` is an example."""

    name: str
    title: StrOrPromise
    hint: str
    low: str
    high: str


def range_views(search: Search) -> list[RangeView]:
    """Return the ranges that a search can be narrowed by."""
    views = []
    for name, hint in RANGE_HINTS.items():
        low, _dots, high = range_text(search.all_ranges.get(name, (None, None))).partition("..")
        views.append(RangeView(name, RANGES[name][1], hint, low, high))
    return views


def order_choices(search: Search) -> list[tuple[str, StrOrPromise]]:
    """Return the orders that a search can be shown in; relevance only where there are words."""
    return [(name, title) for name, title in ORDER_TITLES.items() if name != RELEVANCE or search.terms]
