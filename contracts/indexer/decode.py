"""From logs to records: what each log of ours says, without Django's models, which cost more than all the rest."""

from __future__ import annotations

import re
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


_is_hex = re.compile(r"(?:0x[0-9a-f]*)+").fullmatch


class Record(NamedTuple):
    """One event of ours. ``position`` counts its transaction's logs of our contracts from 0: ``Event.index``."""

    block_number: int
    tx_hash: str
    position: int
    log_index: int
    time: datetime
    address: str
    decoder: EventDecoder
    args: dict[str, Any]

    @property
    def contract(self) -> str:
        """The name of the contract."""
        return self.decoder.contract

    @property
    def name(self) -> str:
        """The name of the event."""
        return self.decoder.name

    def line(self, chain: int, subject: str) -> str:
        """Return the record as a line of COPY: the values of COLUMNS. Only the arguments can hold a backslash."""
        number, tx_hash, position, log_index, time, address, decoder, args = self
        text = decoder.text(args).replace("\\", "\\\\")
        return (
            f"{chain}\t{number}\t{tx_hash}\t{position}\t{log_index}\t{time}\t"
            f"{address}\t{decoder.contract}\t{decoder.name}\t{text}\t{subject}\n"
        )

    def event(self, chain: Chain, subject: str) -> Event:
        """Return the record as handlers want it."""
        return Event(
            chain=chain,
            block_number=self.block_number,
            tx_hash=self.tx_hash,
            index=self.position,
            log_index=self.log_index,
            time=self.time,
            address=self.address,
            contract=self.contract,
            name=self.name,
            args=self.args,
            subject=subject,
        )


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
        if not _is_hex(f"{tx_hash}{''.join(topics)}{log['data']}"):
            raise ValueError(log)  # what an endpoint says goes into lines of COPY
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
                decoder,
                decoder.decode(topics, log["data"]),
            )


def lines(chain: int, records: Sequence[Record], subjects: Sequence[str]) -> Iterator[str]:
    """Yield each record as a line of COPY."""
    return (record.line(chain, subject) for record, subject in zip(records, subjects, strict=True))
