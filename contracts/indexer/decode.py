"""From logs to records: what each log of ours says, without Django's models, which cost more than all the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from contracts.chain.events import EventDecoder, decoders
from contracts.errors import ChainMovedError
from contracts.models import Chain, Event

from .fetch import Batch, Log
from .headers import Header

COLUMNS = (
    "block_number", "tx_hash", "index", "log_index", "time", "address", "contract", "name", "args",
    "chain_id", "subject",
)  # fmt: skip

HEXADECIMAL = b"0123456789abcdefx"
AT_ONCE = 200  # logs whose texts are looked through together: as many as fit into a processor's cache


class DecodedEvent(msgspec.Struct, gc=False):
    """One event of ours. ``position`` counts its transaction's logs of our contracts from 0: ``Event.index``.

    ``line`` is the record as COPY reads it, all of COLUMNS but the last two. It is written as soon as the arguments are
    read, because a moment later they have left the processor's cache.
    """

    block_number: int
    tx_hash: str
    position: int
    log_index: int
    time: datetime
    address: str
    decoder: EventDecoder
    args: dict[str, Any]
    line: str

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
            contract=self.decoder.contract,
            name=self.decoder.name,
            args=self.args,
            subject=subject,
        )


@dataclass(frozen=True)
class Reading:
    """Blocks in a row, at least one, and what our contracts said in them."""

    headers: list[Header]
    records: list[DecodedEvent]

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
    except ValueError as error:
        raise ChainMovedError("The endpoint gave a log that has not the shape of its event.") from error


def _records(deployment: Mapping[str, str], batch: Batch) -> Iterator[DecodedEvent]:
    # Before anything is put into a line of COPY, where a tab or a newline would be another row.
    _check_text(batch.logs)
    known: dict[str, dict[str, EventDecoder]] = {address: decoders(name) for name, address in deployment.items()}
    headers = {header.hash: (header.number, header.time, str(header.time)) for header in batch.headers}
    tx_hash, position = "", 0
    for log in batch.logs:  # in their chain's order, so that a transaction's logs follow each other
        # Counted among our contracts alone: a foreign log before ours must not move the key.
        position = position + 1 if log.transaction_hash == tx_hash else 0
        tx_hash, address, topics = log.transaction_hash, log.address.lower(), log.topics
        decoder = known[address].get(topics[0]) if topics else None
        if decoder is not None:
            (number, time, written), index = headers[log.block_hash], int(log.log_index, 16)
            args, text = decoder.read(topics, log.data)
            text = text.replace("\\", "\\\\")  # nothing else can hold a backslash
            line = (
                f"{number}\t{tx_hash}\t{position}\t{index}\t{written}\t"
                f"{address}\t{decoder.contract}\t{decoder.name}\t{text}"
            )
            yield DecodedEvent(number, tx_hash, position, index, time, address, decoder, args, line)


def _check_text(logs: Sequence[Log]) -> None:
    """Raise ValueError where a log holds what is not hexadecimal: what an endpoint says goes into lines of COPY."""
    for start in range(0, len(logs), AT_ONCE):
        texts: list[str] = []
        for log in logs[start : start + AT_ONCE]:
            texts += log.topics
            texts += log.transaction_hash, log.data
        if stray := "".join(texts).encode().translate(None, HEXADECIMAL):
            raise ValueError(stray[:100])


def lines(chain: int, records: Sequence[DecodedEvent], subjects: Sequence[str]) -> str:
    """Return the records as lines of COPY, the values of COLUMNS."""
    pairs = zip(records, subjects, strict=True)
    return "".join([f"{record.line}\t{chain}\t{subject}\n" for record, subject in pairs])
