"""What to let go of where a search finds nothing: each thing that narrows it, with how many there are without it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from .facets import FACETS, RANGES
from .presenters import clicked, counted, list_address, range_label
from .search import Search

MOST = 4


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
