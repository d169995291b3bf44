"""From logs to records: what each log of ours says, without Django's models, which cost more than all the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from contracts.chain.events import EventDecoder, decoders
from contracts.errors import ChainMovedError
from contracts.models import Chain

from .fetch import Batch, Log
from .headers import Header
from .records import DecodedEvent

COLUMNS = (
    "chain_id", "block_number", "tx_hash", "index", "log_index", "time", "address", "contract", "name", "args",
    "subject",
)  # fmt: skip

HEXADECIMAL = b"0123456789abcdefx"
EPOCH = datetime.fromtimestamp(0, UTC)
AT_ONCE = 200  # logs whose texts are looked through together: as many as fit into a processor's cache


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


def read(chain: Chain, batch: Batch) -> Reading:
    """Return what a batch says; logs that no interface of ours names are left out.

    Raises ChainMovedError for a log that has not the shape of its event.
    """
    try:
        return Reading(batch.headers, list(_records(chain, batch)))
    except ValueError as error:
        raise ChainMovedError("The endpoint gave a log that has not the shape of its event.") from error


def _records(chain: Chain, batch: Batch) -> Iterator[DecodedEvent]:
    known: dict[str, dict[str, EventDecoder]] = {address: decoders(name) for name, address in chain.deployment.items()}
    headers = {header.hash: (header.number, header.time, str(header.time)) for header in batch.headers}
    chain_id, tx_hash, position = chain.pk, "", 0
    block: str | None = None
    number, time, written = 0, EPOCH, ""
    for log in _checked(batch.logs):  # in their chain's order, so that those of a block, of a transaction, are together
        if log.block_hash != block:
            block = log.block_hash
            number, time, written = headers[block]
        # Counted among our contracts alone: a foreign log before ours must not move the key.
        position = position + 1 if log.transaction_hash == tx_hash else 0
        tx_hash, address, topics = log.transaction_hash, log.address, log.topics
        if address not in known:
            address = address.lower()
        decoder = known[address].get(topics[0]) if topics else None
        if decoder is not None:
            index = int(log.log_index, 16)
            args, text = decoder.read(topics, log.data)
            if decoder.has_texts:
                text = text.replace("\\", "\\\\")  # nothing else can hold a backslash
            contract, name = decoder.key
            # Written as soon as the arguments are read, because a moment later they have left the processor's cache.
            line = (
                f"{chain_id}\t{number}\t{tx_hash}\t{position}\t{index}\t{written}\t"
                f"{address}\t{contract}\t{name}\t{text}"
            )
            yield DecodedEvent(chain_id, number, tx_hash, position, index, time, contract, name, args, line)


def _checked(logs: Sequence[Log]) -> Iterator[Log]:
    """Yield the logs; raise ValueError before one that holds what is not hexadecimal.

    What an endpoint says goes into lines of COPY, where a tab or a newline would be another row.
    """
    for start in range(0, len(logs), AT_ONCE):
        texts: list[str] = []
        some = logs[start : start + AT_ONCE]
        for log in some:
            texts += log.topics
            texts += log.transaction_hash, log.data
        if stray := "".join(texts).encode().translate(None, HEXADECIMAL):
            raise ValueError(stray[:100])
        # Read at once, while they are in the cache.
        yield from some


def lines(records: Sequence[DecodedEvent], subjects: Sequence[str]) -> list[str]:
    """Return the records as lines of COPY, the values of COLUMNS."""
    return [f"{record.line}\t{subject}" for record, subject in zip(records, subjects, strict=True)]
