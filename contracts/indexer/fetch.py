"""Blocks and logs from one endpoint, believed only where they agree with each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter, lt
from typing import TypeVar

import msgspec

from contracts.chain.client import Call
from contracts.errors import ChainError, ChainMovedError

from .endpoints import Source
from .headers import Header, block_call, bloom_of, check_row


class Log(msgspec.Struct, rename="camel", gc=False):
    """What we read of a log as an endpoint gives it; its other fields are ignored."""

    address: str
    topics: tuple[str, ...]
    data: str
    block_hash: str
    block_number: str
    transaction_hash: str
    log_index: str
    removed: bool | None = None


class Receipt(msgspec.Struct, gc=False):
    """What we read of a transaction's receipt."""

    logs: list[Log]


NOWHERE: tuple[int, str | None] = (0, None)  # of a log whose block is not among those that were asked for
Kind = TypeVar("Kind")

_logs = msgspec.json.Decoder(list[Log] | None)
_receipts = msgspec.json.Decoder(list[Receipt] | None)


@dataclass(frozen=True)
class Batch:
    """Blocks in a row, at least one, and the logs of our contracts in them, in their order."""

    headers: list[Header]
    logs: list[Log] = field(default_factory=list)


def fetch_batch(source: Source, first: int, last: int, addresses: Sequence[str]) -> Batch:
    """Return the blocks from ``first`` to ``last`` with the logs of these addresses.

    Raises ChainMovedError if blocks or logs are missing or do not belong together: ask again, or elsewhere.
    """
    # Headers come even for blocks without our events: they are what the next fork is found by.
    calls = [block_call(number) for number in range(first, last + 1)]
    wanted: Call = ("eth_getLogs", [{"fromBlock": hex(first), "toBlock": hex(last), "address": list(addresses)}])
    logs, *answers = source.raw([wanted, *calls])
    headers = [header for header in map(Header.of, answers) if header]
    # Load-balanced endpoints promise a head that the node behind them has not seen.
    if len(headers) < len(answers):
        raise ChainMovedError(f"The endpoint does not have block {last} yet.")
    check_row(headers, first)
    ordered = _in_order(headers, read(_logs, logs) or [], set(addresses))
    _check_silence(source, headers, ordered, addresses)
    return Batch(headers, ordered)


def read(decoder: msgspec.json.Decoder[Kind], answer: msgspec.Raw) -> Kind:
    """Return an answer about logs. Raises ChainMovedError for one of another kind."""
    try:
        return decoder.decode(answer)
    except ValueError as error:
        raise ChainMovedError("The endpoint's answer has no logs.") from error


def _in_order(headers: Sequence[Header], logs: Sequence[Log], addresses: set[str]) -> list[Log]:
    """Return the logs in their chain's order; each has to be of one of the blocks and addresses, and there once."""
    # One integer orders by block and then by index, which Python compares faster than tuples.
    begins = {header.hash: (header.number << 64, hex(header.number)) for header in headers}
    block, (begin, written) = "", NOWHERE
    places = []
    try:
        for log in logs:
            # Those of a block follow each other, and texts are compared faster than they are looked up.
            if log.block_hash != block:
                block = log.block_hash
                begin, written = begins.get(block, NOWHERE)
            # Logs and headers travel in one batch, yet a node may switch branches in between.
            if log.block_number != written or log.removed:
                raise ChainMovedError("The endpoint gave logs that belong to another block; the chain has moved.")
            places.append(begin + int(log.log_index, 16))
    except ValueError as error:
        raise ChainMovedError("The endpoint gave a log without a place.") from error
    # A filter that an endpoint ignores would otherwise make events of strangers' contracts.
    if any(address.lower() not in addresses for address in {log.address for log in logs}):
        raise ChainMovedError(f"The endpoint gave logs of other contracts in blocks from {headers[0].number} on.")
    # Nearly always in order already, so the sort is for the exception.
    if all(map(lt, places, places[1:])):
        return list(logs)
    placed = dict(zip(places, logs, strict=True))
    if len(placed) < len(places):
        raise ChainMovedError("The endpoint gave two logs of one place.")
    return [placed[place] for place in sorted(placed)]


def _check_silence(source: Source, headers: Sequence[Header], logs: Sequence[Log], addresses: Sequence[str]) -> None:
    """Ask a second time about blocks that gave no log of ours although their bloom allows one; both have to agree.

    A lagging or pruned endpoint answers "no logs" for what it does not know.
    """
    # A bloom filter has false positives and no false negatives: only "perhaps" needs asking again.
    heard = {block for block, _logs_of_it in groupby(logs, attrgetter("block_hash"))}
    masks = [bloom_of(address) for address in addresses]
    silent = [
        header for header in headers if header.hash not in heard and any(header.bloom & mask == mask for mask in masks)
    ]
    if not silent:
        return
    for header, answer in zip(silent, _second_opinion(source, silent, addresses), strict=True):
        if any(log.address.lower() in addresses for log in answer):
            raise ChainMovedError(f"The endpoint kept back the logs of block {header.number}.")


def _second_opinion(source: Source, silent: Sequence[Header], addresses: Sequence[str]) -> list[list[Log]]:
    """Return the logs of each of the blocks from another endpoint or, where none answers, from the receipts."""
    calls: list[Call] = [("eth_getLogs", [{"blockHash": header.hash, "address": list(addresses)}]) for header in silent]
    for other in source.others():
        try:
            answers = [read(_logs, answer) for answer in other.raw(calls)]
        except ChainError:
            continue
        known = [logs for logs in answers if logs is not None]
        # null means that this endpoint does not know the block, which confirms nothing.
        if len(known) == len(answers):
            return known
    return _from_receipts(source, silent)


def _from_receipts(source: Source, headers: Sequence[Header]) -> list[list[Log]]:
    """Return every log of each of the blocks, from their receipts."""
    answers = source.raw([("eth_getBlockReceipts", [header.hash]) for header in headers])
    blocks = [receipts for answer in answers if (receipts := read(_receipts, answer)) is not None]
    if len(blocks) < len(answers):
        raise ChainMovedError("The endpoint does not have the receipts of a block that it named.")
    return [[log for receipt in receipts for log in receipt.logs] for receipts in blocks]
