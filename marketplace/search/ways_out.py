"""What to let go of where a search finds nothing: each thing that narrows it, with how many there are without it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from .facets import FACETS, FOR_SALE, FREE, RANGES
from .presenters import clicked, counted, list_address, range_label
from .search import Search

MOST = 4
TO_TRY = {"availability": [FOR_SALE]}


@dataclass(frozen=True)
class WayOut:
    """A search without one thing that narrowed it: ``label`` says what is left out; ``count`` are its models."""

    label: str
    url: str
    count: int


def ways_out(search: Search, *, view: str = "list") -> list[WayOut]:
    """Return at most four, the one that finds most first. One query each, or none."""
    found = []
    for label, wider in list(_wider(search))[:MOST]:
        count = counted(wider).count
        if count:
            found.append(WayOut(label, list_address(wider, view=view), count))
    return sorted(found, key=lambda way: -way.count)


def to_try(search: Search, *, view: str = "list") -> WayOut | None:
    """Return what can be tried and is for sale, of a search that asks for what is free. One query, or none."""
    values = search.heard.values.get("price", frozenset()) | set(search.filters.get("price", ()))
    if values != {FREE} or search.filters.get("availability"):
        return None
    plain = clicked(search)
    query = plain.understanding.query
    for item in reversed(plain.understanding.items):
        if "price" in item.sense.facets:
            query = " ".join(f"{query[: item.start]} {query[item.end :]}".split())
    chosen = {name: values for name, values in plain.chosen.items() if name != "price"}
    sold = replace(plain, q=query, chosen={**chosen, **TO_TRY})
    count = counted(sold).count
    return WayOut("", list_address(sold, view=view), count) if count else None


def _wider(search: Search) -> Iterator[tuple[str, Search]]:
    plain = clicked(search)
    query = search.understanding.query
    for item in search.understanding.items:
        if item.sense.narrows:
            rest = " ".join(f"{query[: item.start]} {query[item.end :]}".split())
            yield f"“{item.phrase}”", replace(plain, q=rest)
    for facet in FACETS:
        if values := plain.chosen.get(facet.name):
            rest_chosen = {name: chosen for name, chosen in plain.chosen.items() if name != facet.name}
            yield " / ".join(facet.label(value) for value in values), replace(plain, chosen=rest_chosen)
    for name, bounds in plain.ranges.items():
        others = {other: kept for other, kept in plain.ranges.items() if other != name}
        yield f"{RANGES[name][1]} {range_label(name, bounds)}", replace(plain, ranges=others)
