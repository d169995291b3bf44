"""Which endpoint a step reads from, and who else is asked where one endpoint's word is not enough."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from contracts.chain.client import Call, Client
from contracts.chain.endpoints import Endpoint, by_preference
from contracts.errors import ChainError, ChainMovedError, RetryableChainError

from .headers import Header, fetch_headers, fetch_tip


@dataclass(frozen=True)
class Source:
    """One endpoint of a chain: everything that a step believes comes from the same one."""

    client: Client
    endpoint: Endpoint

    def raw(self, calls: Sequence[Call]) -> list[msgspec.Raw]:
        """Return the results of the calls, in their order, unread."""
        return self.client.raw(calls, self.endpoint)

    def others(self) -> Iterator[Source]:
        """Yield the chain's other endpoints, in the order to ask them."""
        for endpoint in by_preference(self.client.endpoints):
            if endpoint is not self.endpoint:
                yield Source(self.client, endpoint)

    def distrust(self) -> None:
        """Let the endpoint rest, because what it says does not fit together."""
        self.endpoint.failed()


def reach(client: Client, number: int) -> tuple[Source, Header]:
    """Return the first endpoint that has got as far as the block ``number``, with its last block.

    Where all of them lag it is the one that has got farthest. Raises RetryableChainError where none answers.
    """
    trouble: ChainError | None = None
    lagging: list[tuple[Source, Header]] = []
    for endpoint in by_preference(client.endpoints):
        source = Source(client, endpoint)
        try:
            tip = fetch_tip(source)
        except ChainError as error:
            source.distrust()
            trouble = error
            continue
        if tip.number >= number:
            return source, tip
        lagging.append((source, tip))
    if not lagging:
        raise trouble or RetryableChainError("This chain has no endpoint.")
    return max(lagging, key=lambda found: found[1].number)


def agree(source: Source, block: Header, quorum: int) -> None:
    """Raise ChainMovedError unless ``quorum`` endpoints, the source among them, have the block at its height."""
    votes = 1
    for other in source.others():
        if votes >= quorum:
            return
        try:
            theirs = fetch_headers(other, [block.number]).get(block.number)
        except ChainError:
            continue
        votes += theirs is not None and theirs.hash == block.hash
    if votes < quorum:
        raise ChainMovedError(f"{votes} of {quorum} endpoints agree on block {block.number}.")
