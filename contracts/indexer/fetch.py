"""Blocks and logs from an endpoint, believed only where they agree with each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from eth_utils.crypto import keccak

from contracts.chain.client import Call, Client
from contracts.errors import ChainMovedError

BLOCKS = 200  # in one batch, and so in one transaction of the database


@dataclass(frozen=True)
class Header:
    """A block without its transactions. ``bloom`` has the bits of every address that logged in it, and of others."""

    number: int
    hash: str
    parent_hash: str
    time: datetime
    bloom: int

    @classmethod
    def of(cls, answer: dict[str, Any]) -> Header:
        """Read an answer of ``eth_getBlockByNumber``."""
        return cls(
            int(answer["number"], 16),
            answer["hash"],
            answer["parentHash"],
            datetime.fromtimestamp(int(answer["timestamp"], 16), UTC),
            int(answer["logsBloom"], 16),
        )


@dataclass(frozen=True)
class Batch:
    """Blocks in a row, at least one, and the logs of our contracts in them, in their order."""

    headers: list[Header]
    logs: list[dict[str, Any]] = field(default_factory=list)

    @property
    def parent_hash(self) -> str:
        """The hash of the block before the first."""
        return self.headers[0].parent_hash

    @property
    def last(self) -> Header:
        """The last block."""
        return self.headers[-1]


def fetch_headers(client: Client, numbers: Iterable[int]) -> dict[int, Header]:
    """Return the headers of those of the blocks that the endpoint has, by number."""
    calls: list[Call] = [("eth_getBlockByNumber", [hex(number), False]) for number in numbers]
    return {header.number: header for header in map(Header.of, filter(None, client.batch(calls)))}


def fetch_batch(client: Client, first: int, last: int, addresses: Sequence[str]) -> Batch:
    """Return the blocks from ``first`` to ``last`` with the logs of these addresses.

    Raises ChainMovedError if blocks or logs are missing or do not belong together: ask again.
    """
    numbers = range(first, last + 1)
    calls: list[Call] = [("eth_getBlockByNumber", [hex(number), False]) for number in numbers]
    wanted = {"fromBlock": hex(first), "toBlock": hex(last), "address": list(addresses)}
    *answers, logs = client.batch([*calls, ("eth_getLogs", [wanted])])
    if None in answers:
        raise ChainMovedError(f"The endpoint does not have block {last} yet.")
    headers = [Header.of(answer) for answer in answers]
    _check_chain(headers)
    _check_logs(headers, logs)
    _check_silence(client, headers, logs, addresses)
    return Batch(headers, sorted(logs, key=lambda log: (int(log["blockNumber"], 16), int(log["logIndex"], 16))))


def may_hold(bloom: int, address: str) -> bool:
    """Return whether a block with this bloom can have a log of the address. No is certain, yes is not."""
    digest = keccak(bytes.fromhex(address[2:]))
    bits = (int.from_bytes(digest[start : start + 2], "big") & 2047 for start in (0, 2, 4))
    return all(bloom >> bit & 1 for bit in bits)


def _check_chain(headers: Sequence[Header]) -> None:
    for parent, child in pairwise(headers):
        if child.parent_hash != parent.hash:
            raise ChainMovedError(f"Block {child.number} does not follow block {parent.number}; the chain has moved.")


def _check_logs(headers: Sequence[Header], logs: Sequence[dict[str, Any]]) -> None:
    hashes = {header.hash for header in headers}
    strays = [log["blockNumber"] for log in logs if log["blockHash"] not in hashes or log.get("removed")]
    if strays:
        raise ChainMovedError(f"The logs of block {int(strays[0], 16)} belong to another block; the chain has moved.")


def _check_silence(
    client: Client, headers: Sequence[Header], logs: Sequence[dict[str, Any]], addresses: Sequence[str]
) -> None:
    """Ask a second time about blocks that gave no log of ours although their bloom allows one; both have to agree.

    A lagging or pruned endpoint answers "no logs" for what it does not know.
    """
    heard = {log["blockHash"] for log in logs}
    silent = [
        header
        for header in headers
        if header.hash not in heard and any(may_hold(header.bloom, address) for address in addresses)
    ]
    if not silent:
        return
    wanted = [("eth_getLogs", [{"blockHash": header.hash, "address": list(addresses)}]) for header in silent]
    second = client.batch(wanted, endpoint=client.endpoints - 1) if client.endpoints > 1 else _receipts(client, silent)
    for header, answer in zip(silent, second, strict=True):
        if any(log["address"].lower() in addresses for log in answer):
            raise ChainMovedError(f"The endpoint kept back the logs of block {header.number}.")


def _receipts(client: Client, headers: Sequence[Header]) -> list[list[dict[str, Any]]]:
    """Return every log of each of the blocks, from their receipts."""
    blocks = client.batch([("eth_getBlockReceipts", [header.hash]) for header in headers])
    if None in blocks:
        raise ChainMovedError("The endpoint does not have the receipts of a block that it named.")
    return [[log for receipt in receipts for log in receipt["logs"]] for receipts in blocks]
