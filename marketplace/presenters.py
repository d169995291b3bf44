"""A search as its page shows it: addresses, facet choices with counts, chips, orders."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from .facets import FACETS, Facet
from .search import ORDERS, RELEVANCE, RUNNING, Search
from .taxonomy import SIZES, UNKNOWN

SHOWN_VALUES = 7

ORDER_TITLES: dict[str, StrOrPromise] = {
    RELEVANCE: _("Most relevant first"),
    RUNNING: _("What runs here first"),
    "cheapest": _("For sale, cheapest first"),
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
class Chip:
    """A chosen value, and the address of the same search without it."""

    label: str
    url: str


def list_address(search: Search, *, view: str = "list", cursor: str = "") -> str:
    """Return the catalogue's address for a search, with nothing in it that is as it would be anyway."""
    pairs = [("q", search.q), *((name, value) for name, values in search.chosen.items() for value in values)]
    pairs += [("sort", search.sort if search.sort in ORDERS else ""), ("view", view if view == "grid" else "")]
    query = urlencode([(key, value) for key, value in [*pairs, ("cursor", cursor)] if value])
    return f"{reverse('models')}?{query}" if query else reverse("models")


def facet_views(
    search: Search, counts: dict[str, dict[str, int]], names: Iterable[str] | None = None
) -> list[FacetView]:
    """Return the facets that have anything to choose, in their order, with counts from ``Search.facets``."""
    views = []
    for facet in FACETS:
        if names is not None and facet.name not in names:
            continue
        choices = _choices(facet, counts[facet.name], search.chosen.get(facet.name, []))
        if choices:
            kept = max(SHOWN_VALUES, sum(choice.checked for choice in choices))
            views.append(FacetView(facet, choices[:kept], choices[kept:]))
    return views


def _choices(facet: Facet, counts: dict[str, int], chosen: list[str]) -> list[Choice]:
    values = [*chosen, *(value for value in counts if value not in chosen)]
    return [
        Choice(facet.name, value, facet.label(value), counts.get(value, 0), value in chosen)
        for value in sorted(values, key=lambda value: _place(facet, value, chosen))
    ]


def _place(facet: Facet, value: str, chosen: list[str]) -> tuple[bool, int]:
    """Sizes stand in their own order; elsewhere what is chosen comes first and what is not stated last."""
    if facet.name == "size":
        return (value == UNKNOWN, list(SIZES).index(value) if value in SIZES else 0)
    return (value == UNKNOWN and value not in chosen, value not in chosen)


def chips(search: Search, *, view: str) -> list[Chip]:
    """Return what narrows a search, the words first, each with the way back out of it."""
    found = [Chip(f"“{search.q}”", list_address(replace(search, q=""), view=view))] if search.q else []
    for facet in FACETS:
        chosen = search.chosen.get(facet.name, [])
        for value in chosen:
            rest = {**search.chosen, facet.name: [other for other in chosen if other != value]}
            found.append(Chip(facet.label(value), list_address(replace(search, chosen=rest), view=view)))
    return found


def order_choices(search: Search) -> list[tuple[str, StrOrPromise]]:
    """Return the orders that a search can be shown in; relevance only where there are words."""
    return [(name, title) for name, title in ORDER_TITLES.items() if name != RELEVANCE or search.terms]
