"""Block headers as endpoints give them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Protocol

import msgspec
from eth_utils.crypto import keccak

from contracts.chain.client import Call
from contracts.errors import ChainMovedError


class Answers(Protocol):
    """What answers calls: a chain's client, or one of its endpoints."""

    def raw(self, calls: Sequence[Call]) -> list[msgspec.Raw]:
        """Return the results of the calls, in their order, unread."""


class Told(msgspec.Struct, rename="camel", gc=False):
    """What we read of a block as an endpoint gives it."""

    number: str
    hash: str
    parent_hash: str
    timestamp: str
    logs_bloom: str


_told = msgspec.json.Decoder(Told | None)


@dataclass(frozen=True, slots=True)
class Header:
    """A block without its transactions. ``bloom`` has the bits of every address that logged in it, and of others."""

    number: int
    hash: str
    parent_hash: str
    time: datetime
    bloom: int

    @classmethod
    def of(cls, answer: msgspec.Raw) -> Header | None:
        """Read an answer of ``eth_getBlockByNumber``, None for a block that is not there.

        Raises ChainMovedError for what is no block.
        """
        try:
            told = _told.decode(answer)
            return told and cls(
                int(told.number, 16),
                told.hash,
                told.parent_hash,
                datetime.fromtimestamp(int(told.timestamp, 16), UTC),
                int(told.logs_bloom, 16),
            )
        except (ValueError, OverflowError) as error:
            raise ChainMovedError("The endpoint's answer is no block.") from error


def fetch_headers(source: Answers, numbers: Iterable[int]) -> dict[int, Header]:
    """Return the headers of those of the blocks that the endpoint has, by number."""
    asked = list(numbers)
    headers = map(Header.of, source.raw([block_call(number) for number in asked]))
    return {number: header for number, header in zip(asked, headers, strict=True) if header}


def fetch_tip(source: Answers) -> Header:
    """Return the last block that the endpoint has."""
    tip = Header.of(source.raw([("eth_getBlockByNumber", ["latest", False])])[0])
    if tip is None:
        raise ChainMovedError("The endpoint has no block.")
    return tip


def block_call(number: int) -> Call:
    """Return the call that asks for a block."""
    return "eth_getBlockByNumber", [hex(number), False]


def check_row(headers: Sequence[Header], first: int) -> None:
    """Raise ChainMovedError unless these are the blocks from ``first`` on, each the parent of the next."""
    if [header.number for header in headers] != list(range(first, first + len(headers))):
        raise ChainMovedError(f"The endpoint answers with other blocks than those from {first} on.")
    # The first block's parent is compared with the cursor by the caller, which knows it.
    for parent, child in pairwise(headers):
        if child.parent_hash != parent.hash:
            raise ChainMovedError(f"Block {child.number} does not follow block {parent.number}; the chain has moved.")


@lru_cache(1_000)
def bloom_of(address: str) -> int:
    """Return the three bits that a log of the address sets in its block's bloom."""
    digest = keccak(bytes.fromhex(address[2:]))
    bits = (int.from_bytes(digest[start : start + 2], "big") & 2047 for start in (0, 2, 4))
    return sum({1 << bit for bit in bits})


def may_hold(bloom: int, address: str) -> bool:
    """Return whether a block with this bloom can have a log of the address. No is certain, yes is not."""
    mask = bloom_of(address)
    return bloom & mask == mask
