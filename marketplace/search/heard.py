"""What of an understanding narrows a search: conditions on listings, without those that nothing fulfils."""

from __future__ import annotations

import json
from collections.abc import Container
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from hashlib import sha256
from itertools import chain
from operator import and_

from django.contrib.postgres.search import SearchQuery
from django.core.cache import cache
from django.db.models import Q

from marketplace.listings.models import ListingQuerySet
from marketplace.listings.words import parts_of

from .facets import FACETS, within_range
from .phrases import SMALL
from .tsquery import lexeme
from .typed import Range
from .understood import Understanding, Understood
from .wishes import ONE_LANGUAGE

KEPT = 60  # seconds
BY_NAME = {facet.name: facet for facet in FACETS}


@dataclass(frozen=True)
class Heard:
    """What narrows, and what was understood but would leave nothing: of that only the words are looked for.

    ``outdone`` are the ranges that were also chosen beside the words, where the choice counts. ``is_recorded`` says
    that there are listings recorded as all that narrows: they are what is found, and what only says so is apart.
    """

    narrowing: tuple[Understood, ...] = ()
    unmet: tuple[Understood, ...] = ()
    preferring: tuple[Understood, ...] = ()
    outdone: tuple[Understood, ...] = ()
    is_recorded: bool = False

    def condition(self, *, except_range: str = "", loosely: bool = False) -> Q:
        """Return what a listing must fulfil if nothing were said of that range; ``loosely``, to say so is enough."""
        kept = [item for item in self.narrowing if except_range not in item.sense.ranges]
        fulfils = recorded if self.is_recorded and not loosely else condition_of
        return reduce(and_, map(fulfils, kept), Q())

    @cached_property
    def ranges(self) -> dict[str, Range]:
        """The ranges that are asked for in words, by name; of several of one name what fulfils them all."""
        found: dict[str, Range] = {}
        for name, bounds in chain.from_iterable(item.sense.ranges.items() for item in self.narrowing):
            found[name] = overlap(found[name], bounds) if name in found else bounds
        return found

    @cached_property
    def values(self) -> dict[str, frozenset[str]]:
        """The values of facets that are asked for in words, by the facet's name."""
        found: dict[str, frozenset[str]] = {}
        for name, values in chain.from_iterable(item.sense.facets.items() for item in self.narrowing):
            found[name] = found.get(name, frozenset()) | frozenset(values)
        return found

    def beside(self, chosen: Container[str]) -> Heard:
        """Return what is left of it where ranges of these names were chosen."""
        outdone = tuple(item for item in self.narrowing if any(name in chosen for name in item.sense.ranges))
        kept = tuple(item for item in self.narrowing if item not in outdone)
        return replace(self, narrowing=kept, outdone=outdone) if outdone else self

    @cached_property
    def recorded(self) -> Q | None:
        """The condition that a listing is recorded as all that its words ask for; None where they ask for nothing."""
        counting = [item for item in self.narrowing if item.sense.counts]
        return reduce(and_, map(recorded, counting)) if counting else None

    def only_says(self, item: Understood) -> bool:
        """Whether what is found only says so: nothing is recorded as this, which is all that its words ask for."""
        counting = [each for each in self.narrowing if each.sense.counts and not each.sense.ranges]
        return counting == [item] and not self.is_recorded

    @cached_property
    def preferences(self) -> frozenset[str]:
        """What stands first: of what is asked for one language, what is made for it."""
        speaks = any(item.sense.is_one_language for item in self.narrowing)
        prefers = {item.sense.prefers for item in self.preferring}
        return frozenset(prefers | {ONE_LANGUAGE} if speaks else prefers)

    @cached_property
    def needed(self) -> frozenset[str]:
        """Terms that were understood as nothing that is here, so they have to be found as words."""
        return frozenset(word for item in self.unmet for word in (item.term, *parts_of(item.phrase)))

    @cached_property
    def light(self) -> frozenset[str]:
        """Terms that say little, because every listing found is what they ask for."""
        plain = [item for item in self.narrowing if not item.sense.words or "language" in item.sense.facets]
        plain += [item for item in self.preferring if item.sense.prefers == SMALL]
        return frozenset(word for item in plain for word in (item.term, *parts_of(item.phrase)))

    @property
    def key(self) -> list[str]:
        """What a result depends on."""
        return [*(item.phrase for item in self.narrowing), str(self.is_recorded)]


def heard_in(understanding: Understanding, listings: ListingQuerySet) -> Heard:
    """Return what narrows of an understanding, among all listings. At most eight queries, kept a minute; mostly one.

    Where nothing is all of it, tasks give way first: what a listing is for may be recorded otherwise. What asks for
    nothing but a filter ("under 1b") is never left out.
    """
    items = [item for item in understanding.items if item.sense.narrows]
    preferring = tuple(item for item in understanding.items if item.sense.prefers)
    if all(not item.sense.counts or item.sense.ranges for item in items):
        return Heard(tuple(items), (), preferring)
    name = f"heard:{sha256(json.dumps([item.phrase for item in items]).encode()).hexdigest()}"
    levels = _levels(items)
    found: tuple[int, bool] | None = cache.get(name)
    if found is None:
        found = _first_met(listings, levels)
        cache.set(name, found, KEPT)
    kept, is_recorded = levels[found[0]], found[1]
    unmet = tuple(item for item in items if item not in kept)
    return Heard(tuple(kept), unmet, preferring, is_recorded=is_recorded)


def _first_met(listings: ListingQuerySet, levels: list[list[Understood]]) -> tuple[int, bool]:
    """Return the place of the first level that any listing fulfils, and whether one is recorded as all of it."""
    for level, items in enumerate(levels):
        for fulfils in (recorded, condition_of):
            if not items or listings.filter(reduce(and_, map(fulfils, items))).exists():
                return level, bool(items) and fulfils is recorded
    return len(levels) - 1, False


def _levels(items: list[Understood]) -> list[list[Understood]]:
    """Return what to try, one after another."""
    tasks = [item for item in items if item.sense.counts and {"task", "modality", "library"} & item.sense.facets.keys()]
    softer = [item for item in items if item not in tasks]
    tongues = [item for item in items if "language" in item.sense.facets]
    last = [item for item in softer if item not in tongues]
    tried = [items, softer, [item for item in items if item not in tongues], last]
    return [each for n, each in enumerate(tried) if each not in tried[:n]]


def overlap(one: Range, other: Range) -> Range:
    """Return the range that lies within both."""
    lows, highs = ([bound for bound in bounds if bound is not None] for bounds in zip(one, other, strict=True))
    return max(lows, default=None), min(highs, default=None)


def condition_of(item: Understood) -> Q:
    """Return what a listing must fulfil: to be recorded as what the phrase asks for, or to say so in its words."""
    if not item.sense.counts:
        return recorded(item)
    said = SearchQuery(item.term, search_type="plain", config="english") | _named(item.term)
    return recorded(item) | Q(search_vector=said)


def recorded(item: Understood) -> Q:
    """Return the condition that a listing is recorded as what a phrase asks for."""
    conditions = [within_range(name, bounds) for name, bounds in item.sense.ranges.items()]
    conditions += [_facet(name, values) for name, values in item.sense.facets.items()]
    return reduce(and_, conditions)


def _named(term: str) -> SearchQuery:
    text = " & ".join(lexeme(word) for word in parts_of(term))
    return SearchQuery(text, search_type="raw", config="simple")


def _facet(name: str, values: tuple[str, ...]) -> Q:
    if name == "language":
        return Q(languages__overlap=list(values))
    if name == "library":
        return Q(libraries__overlap=list(values))
    if name == "modality":
        return Q(modalities__contains=list(values))
    if name == "task":
        return Q(task__in=values)
    return BY_NAME[name].condition(values)
