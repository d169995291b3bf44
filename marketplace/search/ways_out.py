"""What to let go of where a search finds nothing: each thing that narrows it, with how many there are without it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from .facets import FACETS, FOR_SALE, FREE, RANGES
from .presenters import clicked, counted, list_address, range_label
from .rows import Rows
from .search import Search
from .sorting import TRENDING

MOST = 4
MOST_SHOWN = 12  # rows that a page shows of another search
TO_TRY = {"availability": [FOR_SALE]}


@dataclass(frozen=True)
class WayOut:
    """A search without one thing that narrowed it: ``label`` says what is left out; ``count`` are its models.

    ``rows`` are the first of them, where they are shown beside.
    """

    label: str
    url: str
    count: int
    search: Search
    rows: Rows | None = None

    def with_rows(self) -> WayOut:
        """Return it with at most twelve of its rows."""
        return replace(self, rows=self.search.rows(limit=min(self.count, MOST_SHOWN)))


def ways_out(search: Search, *, view: str = "list") -> list[WayOut]:
    """Return at most four, the one that finds most first. One query each, or none."""
    found = []
    for label, wider in list(_wider(search))[:MOST]:
        count = counted(wider).count
        if count:
            found.append(WayOut(label, list_address(wider, view=view), count, wider))
    return sorted(found, key=lambda way: -way.count)


def to_try(search: Search, *, view: str = "list", with_rows: bool = False) -> WayOut | None:
    """Return what can be tried and is for sale, of a search that asks for what is free. One query, or none; where its
    rows are asked for, one more for their offers.
    """
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
    url = list_address(sold, view=view)
    if with_rows:
        rows = replace(sold, sort=TRENDING).rows(limit=MOST_SHOWN)
        # Few are counted by reading them.
        if len(rows.listings) <= MOST_SHOWN:
            return WayOut("", url, len(rows.listings), sold, rows) if rows.listings else None
        return WayOut("", url, counted(sold).count, sold, rows)
    count = counted(sold).count
    return WayOut("", url, count, sold) if count else None


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
