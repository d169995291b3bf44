"""Blocks and logs from one endpoint, believed only where they agree with each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from contracts.chain.client import Call
from contracts.errors import ChainError, ChainMovedError

from .endpoints import Source
from .headers import Header, block_call, bloom_of, check_row

Log = dict[str, Any]


@dataclass(frozen=True)
class Batch:
    """Blocks in a row, at least one, and the logs of our contracts in them, in their order."""

    headers: list[Header]
    logs: list[Log] = field(default_factory=list)


def fetch_batch(source: Source, first: int, last: int, addresses: Sequence[str]) -> Batch:
    """Return the blocks from ``first`` to ``last`` with the logs of these addresses.

    Raises ChainMovedError if blocks or logs are missing or do not belong together: ask again, or elsewhere.
    """
    calls = [block_call(number) for number in range(first, last + 1)]
    wanted: Call = ("eth_getLogs", [{"fromBlock": hex(first), "toBlock": hex(last), "address": list(addresses)}])
    logs, *answers = source.batch([wanted, *calls])
    if None in answers:
        raise ChainMovedError(f"The endpoint does not have block {last} yet.")
    headers = [Header.of(answer) for answer in answers]
    check_row(headers, first)
    ordered = _in_order(headers, logs, set(addresses))
    _check_silence(source, headers, ordered, addresses)
    return Batch(headers, ordered)


def _in_order(headers: Sequence[Header], logs: Sequence[Log] | None, addresses: set[str]) -> list[Log]:
    """Return the logs in their chain's order; each has to be of one of the blocks and addresses, and there once."""
    numbers = {header.hash: header.number for header in headers}
    placed: dict[tuple[int, int], Log] = {}
    try:
        for log in logs or ():
            place = int(log["blockNumber"], 16), int(log["logIndex"], 16)
            if numbers.get(log["blockHash"]) != place[0] or log.get("removed") or place in placed:
                raise ChainMovedError(f"The logs of block {place[0]} belong to another block; the chain has moved.")
            if log["address"].lower() not in addresses:
                raise ChainMovedError(f"The endpoint gave logs of other contracts in block {place[0]}.")
            placed[place] = log
    except (KeyError, TypeError, ValueError) as error:
        raise ChainMovedError("The endpoint's answer has no logs.") from error
    return [placed[place] for place in sorted(placed)]


def _check_silence(source: Source, headers: Sequence[Header], logs: Sequence[Log], addresses: Sequence[str]) -> None:
    """Ask a second time about blocks that gave no log of ours although their bloom allows one; both have to agree.

    A lagging or pruned endpoint answers "no logs" for what it does not know.
    """
    heard = {log["blockHash"] for log in logs}
    masks = [bloom_of(address) for address in addresses]
    silent = [
        header for header in headers if header.hash not in heard and any(header.bloom & mask == mask for mask in masks)
    ]
    if not silent:
        return
    for header, answer in zip(silent, _second_opinion(source, silent, addresses), strict=True):
        if any(log["address"].lower() in addresses for log in answer):
            raise ChainMovedError(f"The endpoint kept back the logs of block {header.number}.")


def _second_opinion(source: Source, silent: Sequence[Header], addresses: Sequence[str]) -> list[list[Log]]:
    """Return the logs of each of the blocks from another endpoint or, where none answers, from the receipts."""
    calls: list[Call] = [("eth_getLogs", [{"blockHash": header.hash, "address": list(addresses)}]) for header in silent]
    for other in source.others():
        try:
            answers = other.batch(calls)
        except ChainError:
            continue
        if None not in answers:
            return answers
    return _receipts(source, silent)


def _receipts(source: Source, headers: Sequence[Header]) -> list[list[Log]]:
    """Return every log of each of the blocks, from their receipts."""
    blocks = source.batch([("eth_getBlockReceipts", [header.hash]) for header in headers])
    if None in blocks:
        raise ChainMovedError("The endpoint does not have the receipts of a block that it named.")
    return [[log for receipt in receipts for log in receipt["logs"]] for receipts in blocks]
