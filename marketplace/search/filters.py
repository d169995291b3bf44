"""What a search can be narrowed by, as its page offers it: grouped by what people want, with counts.

Tasks stand together by use, licences by what they let one do; single ones stand behind. A facet in which there is
nothing to decide is left out, unless something of it is chosen.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from common.templatetags.look import SPACE, compact
from marketplace.listings.taxonomy import RIGHTS, SIZES, UNKNOWN, USES, right_of, task_in_short

from .facets import BARS, EDGES, FACETS, KINDS, MOST_VALUES, RANGES, Facet
from .search import COUNT_LIMIT, Search
from .tallies import SearchCounts
from .typed import Range, day_of, read_range

SHOWN_VALUES = 5
NAMED = 2  # values of a group that stand below its name
NOTE = 30  # characters that one line has room for there
RANGE_HINTS = {"params": "100m", "context": "8k", "released": "2024", "dims": "768"}
ASIDE = ("library", "modality", "price", "chain", "runnable")  # behind "More filters"
TITLES: dict[str, StrOrPromise] = {"license": gettext_lazy("Licence allows")}
DRAWN = 28  # units of height of the histogram


@dataclass(frozen=True)
class Choice:
    """A value of a facet that can be chosen, and how many listings have it; ``note`` names what belongs to it."""

    facet: str
    value: str
    label: str
    count: int
    checked: bool
    exact: bool = True  # else there may be more
    typed: bool = False  # in the words of the search, where alone it can be taken back
    note: str = ""
    heard: bool = False  # among what the words of the search were understood as

    @property
    def shown(self) -> str:
        """The count as it is shown: 2,300, or 2,300+ where there may be more."""
        return f"{intcomma(self.count)}{'' if self.exact else '+'}"


@dataclass(frozen=True)
class FacetView:
    """A facet with the choices to show at once (every chosen one among them), those behind ``more``, and the names of
    groups that nothing matches.
    """

    facet: Facet
    shown: list[Choice]
    more: list[Choice] = field(default_factory=list)
    none: list[str] = field(default_factory=list)

    @property
    def title(self) -> StrOrPromise:
        """What it asks."""
        return TITLES.get(self.facet.name, self.facet.title)

    @property
    def is_aside(self) -> bool:
        """Whether few look for it."""
        return self.facet.name in ASIDE

    @property
    def is_chosen(self) -> bool:
        """Whether something of it is chosen."""
        return any(choice.checked for choice in self.shown)

    @property
    def decides(self) -> bool:
        """Whether there is anything to choose: a value that not all have, or one to take back."""
        found = {choice.value for choice in (*self.shown, *self.more) if choice.count}
        if self.facet.name in ("price", "chain"):
            found.discard(UNKNOWN)  # what is no offer has no price, and that is said elsewhere
        return self.is_chosen or (len(found) > 1 and self.facet.name not in ("runnable", "size", "magnitude"))


@dataclass(frozen=True)
class Group:
    """Values of a facet that serve one purpose; asked for by ``name``."""

    name: str
    label: StrOrPromise


def facet_views(search: Search, found: SearchCounts, names: Iterable[str] | None = None) -> list[FacetView]:
    """Return the facets in which there is something to choose, in their order, with counts from ``Search.tally``."""
    wanted = [facet for facet in FACETS if names is None or facet.name in names]
    return [view for facet in wanted if (view := _view(facet, search, found)).decides]


def _view(facet: Facet, search: Search, found: SearchCounts) -> FacetView:
    choices = _choices(facet, search, found)
    if facet.name == "task":
        groups = [Group(name, use.title) for name, use in USES.items()]
        return _grouped(facet, choices, groups, lambda task: _use_of(task))
    if facet.name == "license":
        return _grouped(facet, choices, [Group(name, title) for name, title in RIGHTS.items()], right_of)
    # What is chosen stays in sight, however much it is.
    kept = max(SHOWN_VALUES, sum(choice.checked for choice in choices))
    return FacetView(facet, choices[:kept], choices[kept:])


def _use_of(task: str) -> str:
    return next((name for name, use in USES.items() if task in use.tasks), "")


def _choices(facet: Facet, search: Search, found: SearchCounts) -> list[Choice]:
    counts, exact = found.facets[facet.name], facet.name not in found.cut
    chosen, typed = search.filters.get(facet.name, []), search.query.chosen.get(facet.name, [])
    asked = [] if chosen else _asked(facet, search, found)
    said = {choice.label for choice in asked}
    values = [*chosen, *(value for value in counts if value not in chosen and facet.label(value) not in said)]
    heard = [value for value in values if value in search.heard.values.get(facet.name, ()) and value not in chosen]
    heard = [] if asked else heard
    kept = [*chosen, *heard]
    return asked + [
        Choice(
            *(facet.name, value, facet.label(value), counts.get(value, 0), value in kept, exact),
            typed=value in typed or value in heard,
            heard=value in heard,
        )
        for value in sorted(values, key=lambda value: _place(facet, value, kept))
    ]


def _asked(facet: Facet, search: Search, found: SearchCounts) -> list[Choice]:
    """Return what the words ask for in a facet of which listings have several values; all that is found fulfils it.

    "Chinese" is recorded as any of two codes, and is one choice.
    """
    if facet.name not in ("language", "library") or not search.heard.is_recorded:
        return []
    exact = facet.name not in found.cut
    count = min(found.count, COUNT_LIMIT)
    return [
        Choice(facet.name, values[0], capfirst(item.sense.title), count, True, exact, typed=True, heard=True)
        for item in search.heard.narrowing
        if (values := item.sense.facets.get(facet.name))
    ]


def _place(facet: Facet, value: str, chosen: list[str]) -> tuple[bool, int]:
    """Sizes stand in their own order; elsewhere what is chosen comes first and what is not stated last."""
    if facet.name == "availability":
        return (False, list(KINDS).index(value) if value in KINDS else 0)  # what one can have first, however few
    if facet.name == "size":
        return (value == UNKNOWN, list(SIZES).index(value) if value in SIZES else 0)
    return (value == UNKNOWN and value not in chosen, value not in chosen)


def _grouped(facet: Facet, choices: list[Choice], groups: list[Group], group_of: Callable[[str], str]) -> FacetView:
    """Put single values behind the groups that they belong to; one that is alone in its group stands for it."""
    names = {group.name for group in groups}
    asked = {choice.value: choice for choice in choices if choice.value in names}
    single = [choice for choice in choices if choice.value not in names]
    members = {group.name: [choice for choice in single if group_of(choice.value) == group.name] for group in groups}
    shown: list[Choice] = []
    more: list[Choice] = []
    none: list[str] = []
    for group in groups:
        inside = members[group.name]
        made = asked.get(group.name) or _of_group(facet, group, inside, is_whole=len(choices) < MOST_VALUES)
        if not made.count and not made.checked and not any(each.checked for each in inside):
            none.append(str(group.label))
            continue
        if inside and all(each.heard for each in inside):  # they are all that is found: the group says it
            made, inside = replace(_noted(made, inside), checked=True, typed=True), []
            shown.append(made)
            continue
        lone = inside[0] if len(inside) == 1 and not made.checked and facet.name == "task" else None
        shown += [_named(lone, group)] if lone else [_noted(made, inside), *(each for each in inside if each.checked)]
        more += [] if lone else [each for each in inside if not each.checked]
    alone = [choice for choice in single if not group_of(choice.value)]
    shown += [choice for choice in alone if choice.checked or choice.value == UNKNOWN]
    more += [choice for choice in alone if not choice.checked and choice.value != UNKNOWN]
    # Beside what the words ask for, of course nothing else matches.
    return FacetView(facet, shown, more, none if shown and not any(each.heard for each in choices) else [])


def _of_group(facet: Facet, group: Group, inside: list[Choice], *, is_whole: bool) -> Choice:
    count, exact = sum(each.count for each in inside), is_whole and all(each.exact for each in inside)
    return Choice(facet.name, group.name, str(group.label), count, False, exact)


def _named(choice: Choice, group: Group) -> Choice:
    """Return the only value of a group under the group's name."""
    label = str(group.label)
    note = _unless_said(choice.label.lower(), label)
    return Choice(choice.facet, choice.value, label, choice.count, choice.checked, choice.exact, choice.typed, note)


def _noted(made: Choice, inside: list[Choice]) -> Choice:
    """Return the choice of a group with the names of its most frequent values, unless they say what it says."""
    found = [each for each in inside if each.count]
    if made.facet != "task":
        labels = [each.label for each in found]
    elif len(found) == 1:
        labels = [found[0].label.lower()]
    else:
        labels = [task_in_short(each.value).lower() for each in found]
    note = _unless_said(_in_one_line(labels), made.label)
    return Choice(made.facet, made.value, made.label, made.count, made.checked, made.exact, made.typed, note)


def _unless_said(note: str, label: str) -> str:
    return "" if set(note.lower().split()) <= set(label.lower().split()) else note


def _in_one_line(labels: list[str]) -> str:
    """Return the first names that one line has room for, at least one, and how many more there are: "MIT, Gemma +3"."""
    for named in range(min(NAMED, len(labels)), 0, -1):
        rest = len(labels) - named
        line = ", ".join(labels[:named]) + (f"{SPACE}+{rest}" if rest else "")
        if named == 1 or len(line) <= NOTE:
            return line
    return ""


@dataclass(frozen=True)
class Bar:
    """One bar of the histogram: its place in units of its width, and its top and height of ``DRAWN``."""

    place: int
    y: float
    height: float
    label: str


@dataclass(frozen=True)
class Histogram:
    """How many listings have which size; ``low`` and ``high`` are the edges that are chosen, 0 and ``BARS`` for none.

    ``edges`` are what is typed for each edge, ``labels`` what is read.
    """

    bars: list[Bar]
    low: int
    high: int

    @property
    def edges(self) -> str:
        """What stands in a field for each edge, with commas between; nothing for the two outermost."""
        return ",".join(["", *(compact(edge).replace(SPACE, "").lower() for edge in EDGES), ""])

    @property
    def last(self) -> int:
        """The number of the outermost edge."""
        return BARS

    @property
    def first_label(self) -> str:
        """The size below which there is one bar."""
        return compact(EDGES[0])

    @property
    def last_label(self) -> str:
        """The size above which there is one bar."""
        return compact(EDGES[-1])


def histogram_of(search: Search, counts: Mapping[str, int]) -> Histogram | None:
    """Return the histogram of sizes for the counts of the facet ``magnitude``; None where fewer than two bars stand."""
    found = [counts.get(str(place), 0) for place in range(BARS)]
    low, high = search.bounds.get("params", (None, None))
    if sum(map(bool, found)) < 2 and low is None and high is None:
        return None
    most = max(found) or 1
    # What there is at all is seen, however little beside the most.
    heights = [max(2.0, round(DRAWN * n / most, 1)) if n else 0.0 for n in found]
    bars = [
        Bar(place, DRAWN - height, height, intcomma(n))
        for place, (n, height) in enumerate(zip(found, heights, strict=True))
    ]
    return Histogram(bars, _edge_below(low), _edge_above(high))


def _edge_below(bound: Decimal | None) -> int:
    return 0 if bound is None else bisect_right(EDGES, bound)


def _edge_above(bound: Decimal | None) -> int:
    return BARS if bound is None else bisect_left(EDGES, bound) + 1


@dataclass(frozen=True)
class RangeView:
    """A figure that can be bounded, with the bounds as they are typed.

    What stands in an empty field is a hint, or the bounds that the words of the search ask for, if they are ``heard``.
    """

    name: str
    title: StrOrPromise
    low: str
    high: str
    low_hint: str
    high_hint: str
    is_heard: bool


def range_views(search: Search) -> list[RangeView]:
    """Return the ranges that a search can be narrowed by: the number of weights first."""
    views = []
    for name, hint in RANGE_HINTS.items():
        low, high = _typed(name, search.all_ranges.get(name, (None, None)))
        heard = search.heard.ranges.get(name)
        least, most = _typed(name, heard) if heard else (hint, "")
        views.append(
            RangeView(name, RANGES[name][1], low, high, least or _("any"), most or _("any"), is_heard=bool(heard))
        )
    return views


def _typed(name: str, bounds: Range) -> tuple[str, str]:
    """Return the bounds of a range as somebody would type them: 1b, 8192, 2024-01-31; empty for none."""
    low, high = bounds
    if name == "released":
        return str(day_of(low)) if low else "", str(day_of(high, last=True)) if high else ""
    return _figure(name, low), _figure(name, high)


def _figure(name: str, bound: Decimal | None) -> str:
    """Return a bound in short, unless that would be another one."""
    if bound is None:
        return ""
    short = compact(bound).replace(SPACE, "").lower()
    return short if read_range(name, short) == (bound, bound) else f"{bound:f}"
