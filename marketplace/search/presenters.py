"""A search as its page shows it: addresses, facet choices with counts, chips, orders."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.contrib.humanize.templatetags.humanize import intcomma
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from common.fragments import Lately
from common.templatetags.look import compact

from .facets import FACETS, RANGES
from .filters import FacetView, Histogram, facet_views, histogram_of
from .search import Search
from .sorting import ORDERS, RELEVANCE, RUNNING
from .tallies import SearchCounts
from .typed import Range, range_text

COUNTS_KEPT = 5.0  # seconds that the counts beside a search may be old

ORDER_TITLES: dict[str, StrOrPromise] = {
    RELEVANCE: _("Relevance"),
    RUNNING: _("Runs first"),
    "cheapest": _("Yearly price"),
    "trending": _("Trending"),
    "most-used": _("Most used"),
    "rating": _("Rating"),
    "fastest": _("Fastest first token"),
    "newest": _("Newest"),
    "name": _("Name"),
    "smallest": _("Smallest"),
    "largest": _("Largest"),
}


@dataclass(frozen=True)
class Counted:
    """How many a search finds, and its facets with counts; ``key`` differs wherever what is shown does.

    ``kinds`` is how many are for sale and how many are not, as they are shown.
    """

    count: int
    facets: list[FacetView]
    histogram: Histogram | None
    kinds: dict[str, str]
    key: str


counts_lately = Lately[Counted](COUNTS_KEPT)


def counted(search: Search) -> Counted:
    """Return the counts of a search, at most ``COUNTS_KEPT`` old. One query, or none."""
    # With the language, because labels are kept too.
    key = repr((search.q, search.chosen, search.ranges, search.owner and search.owner.pk, get_language()))

    def count() -> Counted:
        found = search.tally()
        return Counted(
            found.count,
            facet_views(search, found),
            histogram_of(search, found.facets["magnitude"]),
            _kinds(search, found),
            f"{key}{found.facets}{sorted(found.cut)}",
        )

    return counts_lately.get(key, count)


def _kinds(search: Search, found: SearchCounts) -> dict[str, str]:
    """Return how many of what a search finds are for sale, and how many are not; without those that find none."""
    chosen = search.filters.get("availability", [])
    more = "+" if "availability" in found.cut else ""
    counts = {kind: n for kind, n in found.facets["availability"].items() if n and (not chosen or kind in chosen)}
    return {kind: f"{intcomma(n)}{more}" for kind, n in counts.items()}


@dataclass(frozen=True)
class Chip:
    """A chosen value, and the address of the same search without it; ``is_words`` of the words that were typed."""

    label: str
    url: str
    is_words: bool = False


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


def chips(search: Search, *, view: str) -> list[Chip]:
    """Return what narrows a search, the words first, each with the way back out of it."""
    plain = clicked(search)
    found = [Chip(f"“{plain.q}”", list_address(replace(plain, q=""), view=view), is_words=True)] if plain.q else []
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


def order_choices(search: Search) -> list[tuple[str, StrOrPromise]]:
    """Return the orders that a search can be shown in; relevance only where there are words."""
    return [(name, title) for name, title in ORDER_TITLES.items() if name != RELEVANCE or search.terms]
