"""Folds: the state of one aggregate, made from its events in order, at a cost that does not grow with their number.

An aggregate with many events keeps its state as of a block that can hardly be taken back (``FoldState``). From there on
its events are gone through again where one was taken back, or by an indexer that has just begun; the one that goes on
has the states as of its cursor in memory, and goes through what came alone.
"""

from __future__ import annotations

import hashlib
import inspect
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from types import ModuleType
from typing import Any, ClassVar, NamedTuple, Self, TypeVar

from django.db.models import Model, Q

from contracts.models import Chain, Event, FoldState

from . import records
from .records import DecodedEvent, by_subject
from .store import put_rows, remove_rows

EventName = tuple[str, str]
Subject = Callable[[dict[str, Any]], str]
Fold = tuple[str, Subject]  # the kind, and what finds the aggregate's key
State = dict[str, Any]

SUBJECTS = 200  # aggregates whose events are in memory at once
REMEMBERED = 20_000  # aggregates of a chain in memory
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
    def step(self, event: DecodedEvent) -> None:
        """Change the state by the next event."""

    @classmethod
    @abstractmethod
    def save(cls, chain: Chain, some: Sequence[Self]) -> None:
        """Write the rows that these states amount to, in the place of those of before; none where one is empty."""


class RowFold(Aggregate):
    """An aggregate that amounts to one row of ``model``, or to none where its state is empty.

    ``named_by`` are the columns whose values are the key's parts, between colons.
    """

    model: ClassVar[type[Model]]
    named_by: ClassVar[tuple[str, ...]]

    def names(self) -> tuple[str, ...]:
        """Return the values of the columns that name the row."""
        return tuple(self.key.split(":"))

    def row(self) -> dict[str, Any]:
        """Return the other columns, of a state that is not empty; nothing where there is to be no row even so."""
        return self.state

    @classmethod
    def save(cls, chain: Chain, some: Sequence[Self]) -> None:
        """Write the rows, all in one statement, and remove those that are no more in another."""
        # By name: two keys may share one, and then the last counts.
        rows = {each.names(): each.row() if each.state else {} for each in some}
        gone = [names for names, row in rows.items() if not row]
        remove_rows(cls.model, chain, cls.named_by, gone)
        named = (dict(zip(cls.named_by, names, strict=True)) | row for names, row in rows.items() if row)
        put_rows(cls.model, cls.named_by, [{"chain_id": chain.pk} | values for values in named])


class Known(NamedTuple):
    """An aggregate's state as of the cursor, and how many events it may take before it has to be kept."""

    state: State
    left: int


class Memory:
    """The states of a chain's aggregates as of the cursor, for the one process that moves it."""

    def __init__(self) -> None:
        self._at: tuple[int, str] | None = None
        self._states: dict[str, Known] = {}

    def take(self, number: int, hashed: str) -> dict[str, Known]:
        """Return the states as of the cursor, and forget them: they count again once what they become is committed."""
        # Another process may have moved the cursor.
        states = self._states if self._at == (number, hashed) else {}
        self._at, self._states = None, {}
        return states

    def keep(self, number: int, hashed: str, states: dict[str, Known]) -> None:
        """Remember the states as of the cursor, if there are many only those that were needed last."""
        for subject in list(states)[: -REMEMBERED or None]:
            del states[subject]
        self._at, self._states = (number, hashed), states


Kind = TypeVar("Kind", bound=type[Aggregate])
_kinds: dict[str, type[Aggregate]] = {}
_folds: dict[EventName, Fold] = {}


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


def fold_of(event: EventName) -> Fold | None:
    """Return the fold that an event is part of, None where there is none."""
    return _folds.get(event)


def subject_of(event: EventName, args: dict[str, Any]) -> str:
    """Return the aggregate that an event belongs to, such as ``listing:0x…``; empty where there is none."""
    found = fold_of(event)
    return f"{found[0]}:{found[1](args)}" if found else ""


def refold(chain: Chain, subjects: Iterable[str], settled: int = -1) -> None:
    """Bring these aggregates up to the events that are stored; ``settled`` is a block that will hardly be taken back.

    Events of a kind that no app folds any more stay stored, for a later one.
    """
    fold_on(chain, dict.fromkeys(subjects, ()), {}, settled=settled)


def fold_on(
    chain: Chain,
    came: Mapping[str, Sequence[DecodedEvent]],
    known: dict[str, Known],
    *,
    begun: int | None = None,
    settled: int = -1,
) -> None:
    """Bring these aggregates up to the events that came for them.

    ``known`` has states as of the block ``begun``, and gets the new ones. The events of others up to that block are
    read from what is stored; by default those after it as well, in the place of what ``came``.
    """
    wanted = sorted(subject for subject in came if subject.partition(":")[0] in _kinds)
    for start in range(0, len(wanted), SUBJECTS):
        some = wanted[start : start + SUBJECTS]
        going_on = [_going_on(chain, each, came[each], known.get(each), begun, settled) for each in some]
        works = [work for work in going_on if work]
        works += _anew(chain, {*some} - {work.subject for work in works}, came, begun, settled)
        works.sort(key=lambda work: work.subject)
        kept = [(work, state) for work in works if (state := work.run()) is not None]
        for kind, group in groupby(works, lambda work: work.aggregate.kind):
            _kinds[kind].save(chain, [work.aggregate for work in group])
        _keep(chain, settled, kept)
        for work in works:
            # In again at the end: those that were not needed for long are forgotten first.
            known.pop(work.subject, None)
            known[work.subject] = Known(work.aggregate.state, work.left)


@dataclass
class _Work:
    """An aggregate and the events that it has to go through, of which ``old`` will hardly be taken back.

    ``is_due`` says that the state after those is to be kept, ``left`` how many events more it may take before another.
    """

    subject: str
    aggregate: Aggregate
    events: Sequence[DecodedEvent]
    old: int
    is_due: bool
    left: int

    def run(self) -> State | None:
        """Go through the events; return the state that is to be kept."""
        made, keep = self.aggregate, None
        for event in self.events[: self.old]:
            made.step(event)
        if self.is_due:
            keep = made.state if self.old == len(self.events) else deepcopy(made.state)
        for event in self.events[self.old :]:
            made.step(event)
        return keep


def _going_on(
    chain: Chain, subject: str, events: Sequence[DecodedEvent], known: Known | None, begun: int | None, settled: int
) -> _Work | None:
    """Return what is left to do from a state in memory, None where there is none or a settled one has to be kept."""
    if known is None or begun is None:
        return None
    left = known.left - len(events)
    if left <= 0 and begun > settled:
        return None  # its settled state is one of before
    aggregate = _made(chain, subject, known.state, begun)
    return _Work(subject, aggregate, events, _old(events, settled), left <= 0, left if left > 0 else KEPT_FROM)


def _anew(
    chain: Chain, subjects: Collection[str], came: Mapping[str, Sequence[DecodedEvent]], begun: int | None, settled: int
) -> Iterator[_Work]:
    """Yield what there is to do from the states that are kept, and the events that are stored since."""
    if not subjects:
        return
    kept = _kept(chain, subjects)
    wanted = Q(subject__in=[subject for subject in subjects if subject not in kept])
    for state in kept.values():
        wanted |= Q(subject=state.subject, block_number__gt=state.block_number)
    stored = Event.objects.filter(wanted, chain=chain)
    if begun is not None:
        stored = stored.filter(block_number__lte=begun)
    # One query for many aggregates.
    found = by_subject(stored)
    for subject in subjects:
        begin = kept.get(subject)
        aggregate = _made(chain, subject, begin.state, begin.block_number) if begin else _made(chain, subject, {}, -1)
        events = [*found.get(subject, ()), *(() if begun is None else came[subject])]
        old = _old(events, settled)
        yield _Work(subject, aggregate, events, old, old >= KEPT_FROM, max(KEPT_FROM, len(events) - old))


def _made(chain: Chain, subject: str, state: State, since: int) -> Aggregate:
    kind, _, key = subject.partition(":")
    return _kinds[kind](chain, key, state, since)


def _old(events: Sequence[DecodedEvent], settled: int) -> int:
    return sum(event.block_number <= settled for event in events)


def forget_states(chain: Chain, above: int = -1) -> None:
    """Forget the states that were kept at a block above this one; by default all of the chain."""
    FoldState.objects.filter(chain=chain, block_number__gt=above).delete()


def _kept(chain: Chain, subjects: Collection[str]) -> dict[str, FoldState]:
    """Return the states to begin from; one that other code made counts as none."""
    found = FoldState.objects.filter(chain=chain, subject__in=subjects)
    return {each.subject: each for each in found if each.code == _code(each.subject.partition(":")[0])}


def _keep(chain: Chain, number: int, states: Iterable[tuple[_Work, State]]) -> None:
    put_rows(
        FoldState,
        ("subject",),
        [
            {
                "chain_id": chain.pk,
                "subject": work.subject,
                "block_number": number,
                "code": _code(work.aggregate.kind),
                "state": state,
            }
            for work, state in states
        ],
    )


@cache
def _code(kind: str) -> str:
    """Return what tells the code of a kind from its other versions, which may keep another state."""
    made = _kinds[kind]
    modules = {sys.modules[base.__module__] for base in made.__mro__ if issubclass(base, Aggregate)}
    sources = sorted(inspect.getsource(module) for module in {*modules, *made.uses, records})
    return hashlib.sha256("".join(sources).encode()).hexdigest()[:16]
