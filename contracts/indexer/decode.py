"""From logs to records: what each log of ours says, without Django's models, which cost more than all the rest."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from contracts.chain.events import EventDecoder, decoders
from contracts.errors import ChainMovedError
from contracts.models import Chain, Event

from .fetch import Batch
from .headers import Header

COLUMNS = (
    "chain_id", "block_number", "tx_hash", "index", "log_index", "time",
    "address", "contract", "name", "args", "subject",
)  # fmt: skip

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class Record(NamedTuple):
    """One event of ours. ``position`` counts its transaction's logs of our contracts from 0: ``Event.index``."""

    block_number: int
    tx_hash: str
    position: int
    log_index: int
    time: datetime
    address: str
    contract: str
    name: str
    args: dict[str, Any]

    def row(self, chain: int, subject: str) -> tuple[Any, ...]:
        """Return the values of COLUMNS."""
        *place, args = self
        return (chain, *place, _encode(args), subject)

    def event(self, chain: Chain, subject: str) -> Event:
        """Return the record as handlers want it."""
        fields = self._asdict()
        return Event(chain=chain, subject=subject, index=fields.pop("position"), **fields)


@dataclass(frozen=True)
class Reading:
    """Blocks in a row, at least one, and what our contracts said in them."""

    headers: list[Header]
    records: list[Record]

    @property
    def parent_hash(self) -> str:
        """The hash of the block before the first."""
        return self.headers[0].parent_hash

    @property
    def last(self) -> Header:
        """The last block."""
        return self.headers[-1]


def read(deployment: Mapping[str, str], batch: Batch) -> Reading:
    """Return what a batch says; logs that no interface of ours names are left out.

    Raises ChainMovedError for a log that has not the shape of its event.
    """
    try:
        return Reading(batch.headers, list(_records(deployment, batch)))
    except (KeyError, TypeError, ValueError) as error:
        raise ChainMovedError("The endpoint gave a log that has not the shape of its event.") from error


def _records(deployment: Mapping[str, str], batch: Batch) -> Iterator[Record]:
    known: dict[str, dict[str, EventDecoder]] = {address: decoders(name) for name, address in deployment.items()}
    times = {header.hash: header.time for header in batch.headers}
    counted: defaultdict[str, int] = defaultdict(int)
    for log in batch.logs:
        address, topics, tx_hash = log["address"].lower(), log["topics"], log["transactionHash"]
        position = counted[tx_hash]
        counted[tx_hash] = position + 1
        decoder = known[address].get(topics[0]) if topics else None
        if decoder is not None:
            yield Record(
                int(log["blockNumber"], 16),
                tx_hash,
                position,
                int(log["logIndex"], 16),
                times[log["blockHash"]],
                address,
                decoder.contract,
                decoder.name,
                decoder.decode(topics, log["data"]),
            )


def rows(chain: int, records: Sequence[Record], subjects: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Yield the values of COLUMNS for each record."""
    return (record.row(chain, subject) for record, subject in zip(records, subjects, strict=True))
