"""From logs to records: what each log of ours says, without Django's models, which cost more than all the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from contracts.chain.events import Read, decoders
from contracts.errors import ChainMovedError
from contracts.models import Chain

from .dispatch import Taken, take
from .fetch import Batch, Log
from .headers import Header
from .records import DecodedEvent

COLUMNS = (
    "chain_id", "block_number", "time", "tx_hash", "index", "log_index", "address", "contract", "name", "args",
    "subject",
)  # fmt: skip

HEXADECIMAL = b"0123456789abcdefx"
AT_ONCE = 200  # logs whose texts are looked through together: as many as fit into a processor's cache


@dataclass(frozen=True)
class Reading:
    """Blocks in a row, at least one, and what the apps make of what our contracts said in them."""

    headers: list[Header]
    taken: Taken

    @property
    def parent_hash(self) -> str:
        """The hash of the block before the first."""
        return self.headers[0].parent_hash

    @property
    def last(self) -> Header:
        """The last block."""
        return self.headers[-1]


def read(chain: Chain, batch: Batch) -> Reading:
    """Return what a batch says; logs that no interface of ours names are left out. Touches no database.

    Raises ChainMovedError for a log that has not the shape of its event.
    """
    # One event at a time from its log to its line, so that all of it is still in the processor's cache, and the next
    # takes up the same memory.
    return Reading(batch.headers, take(events(chain, batch)))


def events(chain: Chain, batch: Batch) -> Iterator[DecodedEvent]:
    """Yield the events of a batch. Raises ChainMovedError as ``read`` does."""
    known = {address: _Names(name, address) for name, address in chain.deployment.items()}
    begun = "{}\t{}\t{}\t".format
    blocks = {each.hash: (each.number, each.time, begun(chain.pk, each.number, each.time)) for each in batch.headers}
    chain_id, tx_hash, position, block = chain.pk, "", 0, ""
    try:
        for some in _checked(batch.logs):  # in their chain's order, so that those of a transaction are together
            for log in some:
                if log.block_hash != block:
                    block = log.block_hash
                    number, time, place = blocks[block]
                address, topics = log.address, log.topics
                found = topics and known[address if address in known else address.lower()][topics[0]]
                if found:
                    decode, contract, name, said, has_texts = found
                    # Counted among our events alone: a foreign log before ours must not move the key.
                    position = position + 1 if log.transaction_hash == tx_hash else 0
                    tx_hash = log.transaction_hash
                    index = int(log.log_index, 16)
                    args, text = decode(topics, log.data)
                    if has_texts:
                        text = text.replace("\\", "\\\\")  # nothing else can hold a backslash
                    line = f"{place}{tx_hash}\t{position}\t{index}{said}{text}\t"
                    yield DecodedEvent(chain_id, number, tx_hash, position, index, time, contract, name, args, line)
    except ValueError as error:
        raise ChainMovedError("The endpoint gave a log that has not the shape of its event.") from error


class _Names(dict[str, tuple[Read, str, str, str, bool] | None]):
    """By topic what reads an event of a contract, its names, what lines say of them, and whether it has texts."""

    def __init__(self, contract: str, address: str) -> None:
        self.contract, self.address = contract, address

    def __missing__(self, topic: str) -> tuple[Read, str, str, str, bool] | None:
        found = decoders(self.contract).get(topic)
        contract, name = self.contract, found.name if found else ""
        said = f"\t{self.address}\t{contract}\t{name}\t"
        self[topic] = (found.read, contract, name, said, found.has_texts) if found else None
        return self[topic]


def _checked(logs: Sequence[Log]) -> Iterator[Sequence[Log]]:
    """Yield the logs, some at a time; raise ValueError before one that holds what is not hexadecimal.

    What an endpoint says goes into lines of COPY, where a tab or a newline would be another row.
    """
    for start in range(0, len(logs), AT_ONCE):
        some = logs[start : start + AT_ONCE]
        texts = [log.data for log in some]
        for log in some:
            texts += log.topics
            texts.append(log.transaction_hash)
        if stray := "".join(texts).encode().translate(None, HEXADECIMAL):
            raise ValueError(stray[:100])
        yield some
