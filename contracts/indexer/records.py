"""What handlers are given and what they give: events as they were decoded, and rows of facts.

Neither is one of Django's models: making those of each event cost more than all the rest of the indexing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
from django.db.models import QuerySet

from contracts.models import Event, Fact

LAST_SECOND = 253_402_300_799  # of the year 9999
STORED = ("chain_id", "block_number", "tx_hash", "index", "log_index", "time", "contract", "name", "args")
_stored = attrgetter(*STORED)


class DecodedEvent(msgspec.Struct, gc=False):
    """One event of ours. ``index`` counts its transaction's events of ours from 0, as in ``ChainRecord``.

    ``line`` is the event as COPY reads it up to its subject; empty where it comes from the database.
    """

    chain_id: int
    block_number: int
    tx_hash: str
    index: int
    log_index: int
    time: datetime
    contract: str
    name: str
    args: dict[str, Any]
    line: str = ""


class FactRow(NamedTuple):
    """A row of a kind of fact, by the names of the model's attributes; what is left out has its default."""

    model: type[Fact]
    values: dict[str, Any]


def fact_row(model: type[Fact], event: DecodedEvent, /, **given: Any) -> FactRow:
    """Return a fact that is made of an event: its place on the chain, and what is ``given``."""
    place = {
        "chain_id": event.chain_id,
        "block_number": event.block_number,
        "tx_hash": event.tx_hash,
        "index": event.index,
        "log_index": event.log_index,
        "time": event.time,
    }
    return FactRow(model, place | given)


def decoded(event: Event) -> DecodedEvent:
    """Return a stored event as handlers want it."""
    return DecodedEvent(*_stored(event))


def by_subject(events: QuerySet[Event]) -> dict[str, list[DecodedEvent]]:
    """Return stored events by their subject, each aggregate's in their order."""
    found: dict[str, list[DecodedEvent]] = {}
    for subject, *values in events.order_by("block_number", "log_index").values_list("subject", *STORED):
        found.setdefault(subject, []).append(DecodedEvent(*values))
    return found


def moment_of(seconds: int) -> datetime:
    """Return a time that a contract gives, or the last one that there is: the contract allows any."""
    return datetime.fromtimestamp(min(seconds, LAST_SECOND), UTC)
