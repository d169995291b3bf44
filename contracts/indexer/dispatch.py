"""From events to what the apps make of them: facts, one by one, and tallies of all; folds of many stand beside.

An app registers its handlers in ``event_handlers.py``; only the indexer loads them, the web does not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.module_loading import autodiscover_modules

from contracts.models import Chain

from .folding import EventName, Fold, fold_of, folded
from .records import DecodedEvent, FactRow

FactHandler = Callable[[DecodedEvent], Iterable[FactRow]]
Parts = Callable[[dict[str, Any]], Iterable[tuple[str, int]]]
Tallies = Sequence[tuple[str, Parts]]  # the kind of each, and what an event adds to which keys


@dataclass
class Changes:
    """What one committed batch did to a chain: its new last block, the aggregates that were folded (``kind:key``), and
    the facts that came and went. ``is_behind`` says that the chain is known to go on, and another batch comes."""

    chain: Chain
    head: int = 0
    is_behind: bool = False
    subjects: set[str] = field(default_factory=set)
    added: list[FactRow] = field(default_factory=list)
    removed: list[FactRow] = field(default_factory=list)


class Sums:
    """By how much tallies change: ``changes`` holds the amount and the number of events, by (kind, key)."""

    def __init__(self) -> None:
        self.changes: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])

    def count(self, tallies: Tallies, args: dict[str, Any], sign: int = 1) -> None:
        """Add what an event adds to these tallies, or take it away again with a ``sign`` of -1."""
        for kind, parts in tallies:
            for key, amount in parts(args):
                change = self.changes[kind, key]
                change[0] += sign * amount
                change[1] += sign

    def add(self, other: Sums) -> None:
        """Add what others add up to."""
        for named, (amount, events) in other.changes.items():
            change = self.changes[named]
            change[0] += amount
            change[1] += events


@dataclass
class Taken:
    """What the apps make of events, which become lines of COPY, each with its subject: their facts, by how much they
    change the sums, and the events of each aggregate."""

    lines: list[str] = field(default_factory=list)
    facts: list[FactRow] = field(default_factory=list)
    sums: Sums = field(default_factory=Sums)
    came: defaultdict[str, list[DecodedEvent]] = field(default_factory=lambda: defaultdict(list))


_facts: dict[EventName, FactHandler] = {}
_tallies: dict[EventName, Tallies] = {}
_watchers: list[Callable[[Changes], None]] = []


def fact(contract: str, name: str) -> Callable[[FactHandler], FactHandler]:
    """Register a function that returns the facts of one event. It runs in the thread that decodes: no database."""

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


def tallies_of(event: EventName) -> Tallies:
    """Return the tallies that an event adds to."""
    return _tallies.get(event, ())


def take(events: Iterable[DecodedEvent]) -> Taken:
    """Return what the apps make of the events. Touches no database."""
    taken, known = Taken(), dict[EventName, tuple[Fold | None, FactHandler | None, Tallies]]()
    for event in events:
        named, args, subject = (event.contract, event.name), event.args, ""
        # Who handles an event is looked up once for all of its name.
        handled = known.get(named)
        if handled is None:
            handled = known[named] = fold_of(named), _facts.get(named), tallies_of(named)
        fold, make, tallies = handled
        if fold:
            subject = f"{fold[0]}:{fold[1](args)}"
            taken.came[subject].append(event)
        if make:
            taken.facts += make(event)
        if tallies:
            taken.sums.count(tallies, args)
        taken.lines.append(event.line + subject)
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
