"""How many listings of a search have each value of each facet, by one statement whose work has a bound.

Each set of listings that is counted over (what fulfils all filters; for a facet with something chosen, all but its own)
is read once, and only so far: beyond ``bound`` the counts are of the listings read, so there may be more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, Case, QuerySet, Value, When

from marketplace.listings.models import Listing

from .facets import FACETS, MOST_VALUES, Facet

ALL = ""  # the set that fulfils all filters
LEAST = 4_000  # listings up to which every set is exact, however many sets share the bound

FREQUENT = "(select '{facet}', {value}, count(*) from {set} group by 2 order by 3 desc, 2 limit {most})"
ASKED = "(select '{facet}', value, count(*) from {set}, unnest(of_{facet}) value where value = any(%s) group by 2)"
CHOSEN = "(select '{facet}', %s, count(*) from {set} where chosen_{n})"
SIZE = "(select '', '{facet}', count(*) from {set})"


@dataclass(frozen=True)
class SearchCounts:
    """How many listings match, and for each facet its values with counts: the most frequent, the chosen and the asked.

    ``count`` is exact up to the bound, and one more stands for more. In the facets of ``cut`` there may be more of each
    value than is said, and values that are not named.
    """

    count: int
    facets: dict[str, dict[str, int]]
    cut: frozenset[str] = frozenset()

    @property
    def exact(self) -> bool:
        """Whether every count of every facet is exact."""
        return not self.cut


def tally(
    listings: Callable[[str], QuerySet[Listing]],
    filters: dict[str, list[str]],
    bound: int,
    apart: Collection[str] = (),
    asked: Mapping[str, Collection[str]] | None = None,
) -> SearchCounts:
    """Count facets over at most ``bound + 1`` listings of what matches, and fewer of other sets. One query.

    ``listings`` gives what matches as if nothing were chosen in the facet of that name; of none, if it is empty. The
    facets ``apart`` are counted over a set of their own even where nothing is chosen in them. Values that are ``asked``
    for in words, of facets that have several, are counted however rare they are.
    """
    shared = [facet for facet in FACETS if not filters.get(facet.name) and facet.name not in apart]
    sets = [(ALL, shared), *((facet.name, [facet]) for facet in FACETS if facet not in shared)]
    # The sets share the bound, so that many chosen facets cost no more than one.
    bounds = {name: max(min(bound, LEAST), bound // len(sets)) if name else bound for name, _ in sets}
    read: list[str] = []
    parts: list[str] = []
    read_values: list[Any] = []
    part_values: list[Any] = []
    for name, facets in sets:
        try:
            text, values = _read(listings(name), facets, filters.get(name, []), bounds[name])
        except EmptyResultSet:
            continue  # nothing can fulfil it
        read.append(f"set_{name} as materialized ({text})")
        read_values += values
        parts.append(SIZE.format(facet=name, set=f"set_{name}"))
        parts += [_frequent(facet, f"set_{name}") for facet in facets]
        for each in facets:
            if each.has_several and (words := (asked or {}).get(each.name)):
                parts.append(ASKED.format(facet=each.name, set=f"set_{name}"))
                part_values.append(list(words))
        for n, value in enumerate(filters.get(name, [])):
            parts.append(CHOSEN.format(facet=name, set=f"set_{name}", n=n))
            part_values.append(value)
    rows = _rows(f"with {', '.join(read)} {' union all '.join(parts)}", [*read_values, *part_values]) if read else []
    counts: dict[str, dict[str, int]] = {ALL: {}, **{facet.name: {} for facet in FACETS}}
    for facet, value, n in rows:
        counts[facet][value] = n
    sizes = counts.pop(ALL)
    cut = {facet.name for name, facets in sets if sizes.get(name, 0) > bounds[name] for facet in facets}
    return SearchCounts(sizes.get(ALL, 0), counts, frozenset(cut))


def _read(
    listings: QuerySet[Listing], facets: Sequence[Facet], chosen: Sequence[str], bound: int
) -> tuple[str, Sequence[Any]]:
    """Return SQL for the values of the facets, and whether a listing has each of those ``chosen`` in the only one."""
    columns: dict[str, Any] = {f"of_{facet.name}": facet.value for facet in facets}
    for n, value in enumerate(chosen):
        has = When(facets[0].matches(value), then=Value(True))
        columns[f"chosen_{n}"] = Case(has, default=Value(False), output_field=BooleanField())
    return (
        listings.order_by().annotate(**columns).values_list(*(columns or ["pk"]))[: bound + 1].query.sql_with_params()
    )


def _frequent(facet: Facet, name: str) -> str:
    value = f"unnest(of_{facet.name})" if facet.has_several else f"of_{facet.name}"
    return FREQUENT.format(facet=facet.name, value=value, set=name, most=MOST_VALUES)


def _rows(statement: str, values: Sequence[Any]) -> list[tuple[str, str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
