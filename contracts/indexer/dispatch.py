"""From logs to events, and from events to what the apps make of them: facts, one by one, and folds of many.

An app registers its handlers in ``event_handlers.py``; only the indexer loads them, the web does not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.module_loading import autodiscover_modules

from contracts.chain import codec
from contracts.models import Chain, Event, Fact

from .fetch import Batch

FactHandler = Callable[[Event], Iterable[Fact]]
Refold = Callable[[Chain, str, Sequence[Event]], None]
Subject = Callable[[dict[str, Any]], str]
EventName = tuple[str, str]


@dataclass(frozen=True)
class Fold:
    """The state of one kind of aggregate, made from its events in order, all of them, by ``refold``.

    ``refold(chain, key, events)`` writes the state of the aggregate ``key``, and removes it where there are no events.
    """

    kind: str
    refold: Refold


@dataclass
class Changes:
    """What one committed batch did to a chain: its new last block, the aggregates that were folded anew (``kind:key``),
    and the facts that came and went."""

    chain: Chain
    head: int = 0
    subjects: set[str] = field(default_factory=set)
    added: list[Fact] = field(default_factory=list)
    removed: list[Fact] = field(default_factory=list)


_facts: dict[EventName, FactHandler] = {}
_folds: dict[EventName, tuple[Fold, Subject]] = {}
_kinds: dict[str, Fold] = {}
_watchers: list[Callable[[Changes], None]] = []


def fact(contract: str, name: str) -> Callable[[FactHandler], FactHandler]:
    """Register a function that returns the facts of one event."""

    def register(handler: FactHandler) -> FactHandler:
        _facts[contract, name] = handler
        return handler

    return register


def fold(kind: str, **subjects: dict[str, Subject]) -> Callable[[Refold], Refold]:
    """Register a fold: for each contract its events, each with the function that finds the aggregate's key in it."""

    def register(refold: Refold) -> Refold:
        made = _kinds[kind] = Fold(kind, refold)
        _folds.update(
            ((contract, name), (made, subject))
            for contract, named in subjects.items()
            for name, subject in named.items()
        )
        return refold

    return register


def after_batch(watcher: Callable[[Changes], None]) -> Callable[[Changes], None]:
    """Register a function that is told what changed, after it is committed."""
    _watchers.append(watcher)
    return watcher


def load_handlers() -> None:
    """Import every app's handlers."""
    autodiscover_modules("event_handlers")


def handled() -> set[EventName]:
    """Return the events (contract, name) that become facts or are part of a fold."""
    return set(_facts) | set(_folds)


def events_of(chain: Chain, batch: Batch) -> list[Event]:
    """Return the events in a batch; logs that no interface of ours names are left out."""
    contracts = {address: name for name, address in chain.deployment.items()}
    times = {header.hash: header.time for header in batch.headers}
    counted: defaultdict[str, int] = defaultdict(int)
    events = []
    for log in batch.logs:
        index = counted[log["transactionHash"]]
        counted[log["transactionHash"]] += 1
        decoded = codec.decode_log(contracts[log["address"].lower()], log["topics"], log["data"])
        if decoded is not None:
            events.append(_event(chain, log, index, decoded, times[log["blockHash"]]))
    return events


def facts_of(events: Iterable[Event]) -> list[Fact]:
    """Return what the handlers make of the events."""
    handlers = ((_facts.get((event.contract, event.name)), event) for event in events)
    return [made for handler, event in handlers if handler for made in handler(event)]


def refold(chain: Chain, subjects: Iterable[str]) -> None:
    """Make the state of these aggregates anew from the events that are stored."""
    for subject in sorted(set(filter(None, subjects))):
        kind, _, key = subject.partition(":")
        events = Event.objects.filter(chain=chain, subject=subject).order_by("block_number", "log_index")
        _kinds[kind].refold(chain, key, list(events))


def tell(changes: Changes) -> None:
    """Tell everyone who watches."""
    for watcher in _watchers:
        watcher(changes)


def _event(chain: Chain, log: dict[str, Any], index: int, decoded: codec.DecodedLog, time: Any) -> Event:
    return Event(
        chain=chain,
        block_number=int(log["blockNumber"], 16),
        tx_hash=log["transactionHash"],
        index=index,
        log_index=int(log["logIndex"], 16),
        time=time,
        address=log["address"].lower(),
        contract=decoded.contract,
        name=decoded.name,
        args=decoded.args,
        subject=_subject(decoded),
    )


def _subject(decoded: codec.DecodedLog) -> str:
    found = _folds.get((decoded.contract, decoded.name))
    return f"{found[0].kind}:{found[1](decoded.args)}" if found else ""
