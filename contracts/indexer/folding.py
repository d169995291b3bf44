"""Folds: the state of one aggregate, made from its events in order, at a cost that does not grow with their number.

An aggregate with many events keeps its state as of a block that can hardly be taken back (``FoldState``). From there on
its events are gone through again whenever one comes or goes, so a reorganisation has nothing to undo.
"""

from __future__ import annotations

import hashlib
import inspect
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from copy import deepcopy
from functools import cache
from itertools import groupby
from types import ModuleType
from typing import Any, ClassVar, TypeVar

from django.db.models import Q

from contracts.models import Chain, Event, FoldState

from . import records

EventName = tuple[str, str]
Subject = Callable[[dict[str, Any]], str]
State = dict[str, Any]

SUBJECTS = 200  # aggregates whose events are in memory at once
KEPT_FROM = 64  # settled events since the state that is kept, from which on a later one is worth its row


class Aggregate(ABC):
    """One aggregate of a kind while its events are gone through.

    ``state`` holds what JSON can, and is empty before the first event. ``since`` is the block that it was kept at, -1
    where it begins from nothing: rows that are final by then need not be written again.
    """

    kind: ClassVar[str]
    uses: ClassVar[tuple[ModuleType, ...]] = ()  # modules besides its own that what it keeps depends on

    def __init__(self, chain: Chain, key: str, state: State, since: int = -1) -> None:
        self.chain, self.key, self.state, self.since = chain, key, state, since

    @abstractmethod
    def step(self, event: Event) -> None:
        """Change the state by the next event."""

    @abstractmethod
    def save(self) -> None:
        """Write the rows that the state amounts to, in the place of those of before; none where it is empty."""


Kind = TypeVar("Kind", bound=type[Aggregate])
_kinds: dict[str, type[Aggregate]] = {}
_folds: dict[EventName, tuple[str, Subject]] = {}


def fold(kind: str, **subjects: dict[str, Subject]) -> Callable[[Kind], Kind]:
    """Register a fold: for each contract its events, each with the function that finds the aggregate's key in it."""

    def register(made: Kind) -> Kind:
        made.kind = kind
        _kinds[kind] = made
        for contract, named in subjects.items():
            for name, subject in named.items():
                # An event has one subject. What else it changes is a fact's, or a tally's.
                if _folds.get((contract, name), (kind,))[0] != kind:
                    raise ValueError(f"{contract}.{name} is folded already")
                _folds[contract, name] = kind, subject
        return made

    return register


def folded() -> set[EventName]:
    """Return the events (contract, name) that are part of a fold."""
    return set(_folds)


def subject_of(event: EventName, args: dict[str, Any]) -> str:
    """Return the aggregate that an event belongs to, such as ``listing:0x…``; empty where there is none."""
    found = _folds.get(event)
    return f"{found[0]}:{found[1](args)}" if found else ""


def refold(chain: Chain, subjects: Iterable[str], settled: int = -1) -> None:
    """Bring these aggregates up to the events that are stored; ``settled`` is a block that will hardly be taken back.

    Events of a kind that no app folds any more stay stored, for a later one.
    """
    wanted = sorted(subject for subject in set(subjects) if subject.partition(":")[0] in _kinds)
    for start in range(0, len(wanted), SUBJECTS):
        some = wanted[start : start + SUBJECTS]
        kept = _kept(chain, some)
        wanted_events = Q(subject__in=[subject for subject in some if subject not in kept])
        for state in kept.values():
            wanted_events |= Q(subject=state.subject, block_number__gt=state.block_number)
        # One query for many aggregates, in an order that groupby can cut.
        stored = Event.objects.filter(wanted_events, chain=chain).order_by("subject", "block_number", "log_index")
        found = {subject: list(events) for subject, events in groupby(stored, lambda event: event.subject)}
        made = [_fold(chain, subject, kept.get(subject), found.get(subject, []), settled) for subject in some]
        _keep([state for state in made if state])


def forget_states(chain: Chain, above: int = -1) -> None:
    """Forget the states that were kept at a block above this one; by default all of the chain."""
    FoldState.objects.filter(chain=chain, block_number__gt=above).delete()


def _kept(chain: Chain, subjects: list[str]) -> dict[str, FoldState]:
    """Return the states to begin from; one that other code made counts as none."""
    found = FoldState.objects.filter(chain=chain, subject__in=subjects)
    return {each.subject: each for each in found if each.code == _code(each.subject.partition(":")[0])}


def _fold(chain: Chain, subject: str, kept: FoldState | None, events: list[Event], settled: int) -> FoldState | None:
    """Bring one aggregate up to date; return its state at ``settled`` where that is worth keeping."""
    kind, _, key = subject.partition(":")
    begun = (kept.state, kept.block_number) if kept else ({}, -1)
    aggregate = _kinds[kind](chain, key, *begun)
    old = sum(event.block_number <= settled for event in events)
    for event in events[:old]:
        aggregate.step(event)
    keep = deepcopy(aggregate.state) if old >= KEPT_FROM else None
    for event in events[old:]:
        aggregate.step(event)
    aggregate.save()
    if keep is None:
        return None
    return FoldState(chain=chain, subject=subject, block_number=settled, code=_code(kind), state=keep)


def _keep(states: list[FoldState]) -> None:
    FoldState.objects.bulk_create(
        states,
        update_conflicts=True,
        unique_fields=["chain", "subject"],
        update_fields=["block_number", "code", "state"],
    )


@cache
def _code(kind: str) -> str:
    """Return what tells the code of a kind from its other versions, which may keep another state."""
    made = _kinds[kind]
    modules = {sys.modules[base.__module__] for base in made.__mro__ if issubclass(base, Aggregate)}
    sources = sorted(inspect.getsource(module) for module in {*modules, *made.uses, records})
    return hashlib.sha256("".join(sources).encode()).hexdigest()[:16]
