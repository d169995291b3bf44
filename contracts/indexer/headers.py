"""Blocks without their transactions, as endpoints tell them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Protocol

from eth_utils.crypto import keccak

from contracts.chain.client import Call
from contracts.errors import ChainMovedError


class Answers(Protocol):
    """What answers calls: a chain's client, or one of its endpoints."""

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        """Return the results of the calls, in their order."""


@dataclass(frozen=True, slots=True)
class Header:
    """A block without its transactions. ``bloom`` has the bits of every address that logged in it, and of others."""

    number: int
    hash: str
    parent_hash: str
    time: datetime
    bloom: int

    @classmethod
    def of(cls, answer: dict[str, Any]) -> Header:
        """Read an answer of ``eth_getBlockByNumber``. Raises ChainMovedError for one that is none."""
        try:
            return cls(
                int(answer["number"], 16),
                answer["hash"],
                answer["parentHash"],
                datetime.fromtimestamp(int(answer["timestamp"], 16), UTC),
                int(answer["logsBloom"], 16),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ChainMovedError("The endpoint's answer is no block.") from error


def fetch_headers(source: Answers, numbers: Iterable[int]) -> dict[int, Header]:
    """Return the headers of those of the blocks that the endpoint has, by number."""
    asked = list(numbers)
    answers = source.batch([block_call(number) for number in asked])
    return {number: Header.of(answer) for number, answer in zip(asked, answers, strict=True) if answer}


def fetch_tip(source: Answers) -> Header:
    """Return the last block that the endpoint has."""
    return Header.of(source.batch([("eth_getBlockByNumber", ["latest", False])])[0])


def block_call(number: int) -> Call:
    """Return the call that asks for a block."""
    return "eth_getBlockByNumber", [hex(number), False]


def check_row(headers: Sequence[Header], first: int) -> None:
    """Raise ChainMovedError unless these are the blocks from ``first`` on, each the parent of the next."""
    if [header.number for header in headers] != list(range(first, first + len(headers))):
        raise ChainMovedError(f"The endpoint answers with other blocks than those from {first} on.")
    for parent, child in pairwise(headers):
        if child.parent_hash != parent.hash:
            raise ChainMovedError(f"Block {child.number} does not follow block {parent.number}; the chain has moved.")


def bloom_of(address: str) -> int:
    """Return the three bits that a log of the address sets in its block's bloom."""
    digest = keccak(bytes.fromhex(address[2:]))
    bits = (int.from_bytes(digest[start : start + 2], "big") & 2047 for start in (0, 2, 4))
    return sum({1 << bit for bit in bits})


def may_hold(bloom: int, address: str) -> bool:
    """Return whether a block with this bloom can have a log of the address. No is certain, yes is not."""
    mask = bloom_of(address)
    return bloom & mask == mask
