"""From events to what the apps make of them: facts, one by one, and tallies of all; folds of many stand beside.

An app registers its handlers in ``event_handlers.py``; only the indexer loads them, the web does not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.module_loading import autodiscover_modules

from contracts.models import Chain

from .folding import EventName, folded, subject_of
from .records import DecodedEvent, FactRow

FactHandler = Callable[[DecodedEvent], Iterable[FactRow]]
Parts = Callable[[dict[str, Any]], Iterable[tuple[str, int]]]


@dataclass
class Changes:
    """What one committed batch did to a chain: its new last block, the aggregates that were folded (``kind:key``), and
    the facts that came and went."""

    chain: Chain
    head: int = 0
    subjects: set[str] = field(default_factory=set)
    added: list[FactRow] = field(default_factory=list)
    removed: list[FactRow] = field(default_factory=list)


class Sums:
    """By how much tallies change: ``changes`` holds the amount and the number of events, by (kind, key)."""

    def __init__(self) -> None:
        self.changes: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])

    def count(self, event: EventName, args: dict[str, Any], sign: int = 1) -> None:
        """Add what an event adds, or take it away again with a ``sign`` of -1."""
        for kind, parts in _tallies.get(event, ()):
            for key, amount in parts(args):
                change = self.changes[kind, key]
                change[0] += sign * amount
                change[1] += sign


@dataclass
class Taken:
    """What the apps make of events but the sums: their subjects and their facts, and the events of each aggregate."""

    subjects: list[str] = field(default_factory=list)
    facts: list[FactRow] = field(default_factory=list)
    came: defaultdict[str, list[DecodedEvent]] = field(default_factory=lambda: defaultdict(list))


_facts: dict[EventName, FactHandler] = {}
_tallies: dict[EventName, list[tuple[str, Parts]]] = {}
_watchers: list[Callable[[Changes], None]] = []


def fact(contract: str, name: str) -> Callable[[FactHandler], FactHandler]:
    """Register a function that returns the facts of one event."""

    def register(handler: FactHandler) -> FactHandler:
        _facts[contract, name] = handler
        return handler

    return register


def tally(kind: str, **contracts: dict[str, Parts]) -> None:
    """Register a running sum: for each contract its events, each with what it adds to which keys.

    ``contracts.models.Tally`` holds the sums. They are kept by adding, so a key may have any number of events.
    """
    for contract, named in contracts.items():
        for name, parts in named.items():
            # Registering a kind again replaces it, so that a module may be reloaded.
            kept = [(other, made) for other, made in _tallies.get((contract, name), ()) if other != kind]
            _tallies[contract, name] = [*kept, (kind, parts)]


def after_batch(watcher: Callable[[Changes], None]) -> Callable[[Changes], None]:
    """Register a function that is told what changed, after it is committed."""
    _watchers.append(watcher)
    return watcher


def tell_nobody() -> None:
    """Forget who watches, in a process whose batches no page waits for."""
    _watchers.clear()


def load_handlers() -> None:
    """Import every app's handlers."""
    autodiscover_modules("event_handlers")


def handled() -> set[EventName]:
    """Return the events (contract, name) that become facts or are part of a fold."""
    return set(_facts) | folded() | set(_tallies)


def take(events: Iterable[DecodedEvent], sums: Sums) -> Taken:
    """Return what the apps make of the events, and add them to the sums."""
    taken = Taken()
    # All of one event at once, while what it says is in the processor's cache.
    for event in events:
        named, args = (event.contract, event.name), event.args
        subject = subject_of(named, args)
        taken.subjects.append(subject)
        if subject:
            taken.came[subject].append(event)
        if handler := _facts.get(named):
            taken.facts += handler(event)
        sums.count(named, args)
    return taken


def facts_of(events: Iterable[DecodedEvent]) -> Iterator[FactRow]:
    """Yield what the handlers make of the events."""
    for event in events:
        handler = _facts.get((event.contract, event.name))
        if handler:
            yield from handler(event)


def tell(changes: Changes) -> None:
    """Tell everyone who watches."""
    for watcher in _watchers:
        watcher(changes)
