"""One step: what follows the cursor is read, checked against it, and written; the next is read meanwhile."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile

from contracts.chain.client import Client
from contracts.errors import ChainMovedError, RetryableChainError, TooMuchError
from contracts.models import Block, Chain, Cursor

from . import decode
from .decode import Reading
from .endpoints import Source, agree, reach
from .fetch import fetch_batch
from .folding import Memory
from .headers import Header, fetch_headers
from .reorg import find_fork
from .span import Span
from .write import begin, write


@dataclass(frozen=True)
class Ahead:
    """A range that is being read while the one before it is written."""

    first: int
    source: Source
    tip: Header
    reading: Future[Reading]


class Reader:
    """Takes a chain step by step to its head. At most two ranges are in memory: one being written, one being read."""

    def __init__(self, chain: Chain, client: Client, ahead: bool = False) -> None:
        """Read the next range already while one is written, if ``ahead``."""
        self.chain = chain
        self.client = client
        self.span = Span()
        self.number = 0  # the last block that was written
        self.head = 0
        self.events = 0  # so far
        self._pool = ThreadPoolExecutor(1, f"fetch-{chain.short_name}") if ahead else None
        self._ahead: Ahead | None = None
        self._memory = Memory()

    def close(self) -> None:
        """Give up what is read ahead."""
        if self._pool:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def step(self) -> bool:
        """Read and write the next blocks, or follow the chain to another branch; False where there is nothing new.

        Raises RetryableChainError where it has to be tried again, IndexerStoppedError where only a person can help.
        """
        cursor, started = self._cursor(), time.perf_counter()
        ahead, self._ahead = self._ahead, None
        # Another process, or a reorganisation, may have moved the cursor since; then it was read in vain.
        if ahead and ahead.first == cursor.number + 1:
            return self._take(ahead, cursor, started)
        source, tip = reach(self.client, cursor.number)
        self.number, self.head = cursor.number, max(tip.number, cursor.number)
        if tip.number < cursor.number and not self.chain.is_local:
            return False  # every endpoint lags
        # The usual end of a look at a chain that stands still: one request, no transaction.
        if tip.number == cursor.number and tip.hash == cursor.hash:
            return False
        with _distrusting(source):
            if tip.number <= cursor.number:
                return self._change_branch(cursor, source, tip, started)
            return self._advance(cursor, source, tip, self._read(source, cursor.number + 1, tip.number), started)

    def _cursor(self) -> Cursor:
        """Return the cursor; at first it stands on the block before the first that can hold an event of ours."""
        cursor = Cursor.objects.filter(chain=self.chain).first()
        if cursor is None:
            before = self.chain.start_block - 1
            header = fetch_headers(self.client, [before]).get(before)
            if header is None:
                raise ChainMovedError(f"The endpoint does not have block {before} of {self.chain.name} yet.")
            cursor = begin(self.chain, header)
        return cursor

    def _take(self, ahead: Ahead, cursor: Cursor, started: float) -> bool:
        with _distrusting(ahead.source):
            return self._advance(cursor, ahead.source, ahead.tip, ahead.reading.result(), started)

    def _advance(self, cursor: Cursor, source: Source, tip: Header, reading: Reading, started: float) -> bool:
        if reading.parent_hash != cursor.hash:
            return self._change_branch(cursor, source, tip, started)
        # Before writing, so that network and database work at the same time.
        self._read_ahead(source, reading.last.number + 1, tip)
        self._write(cursor, reading, None, tip, started)
        return True

    def _change_branch(self, cursor: Cursor, source: Source, tip: Header, started: float) -> bool:
        """Replace what the chain took back; the new branch is there before anything of the old one is deleted."""
        # Everything is fetched first: a failure on the way leaves the old branch whole.
        fork = find_fork(self.chain, source, cursor, tip.number)
        if fork.number == cursor.number:
            raise ChainMovedError(f"The endpoint contradicts itself about block {fork.number}.")
        branch = self._read(source, fork.number + 1, tip.number) if tip.number > fork.number else None
        # The fork was found on one branch, and the blocks may already be of the next.
        if branch and branch.parent_hash != fork.hash:
            raise ChainMovedError(f"{self.chain.name} moved again while it was read.")
        self._write(cursor, branch, fork, tip, started)
        return True

    def _write(self, cursor: Cursor, reading: Reading | None, fork: Block | None, tip: Header, started: float) -> None:
        seconds = time.perf_counter() - started
        self.events += write(self.chain, cursor, reading, fork, tip.number, seconds, self._memory)
        self.number, self.head = (reading.last.number if reading else fork.number if fork else 0), tip.number

    def _read_ahead(self, source: Source, first: int, tip: Header) -> None:
        if self._pool and first <= tip.number:
            self._ahead = Ahead(first, source, tip, self._pool.submit(self._read, source, first, tip.number))

    def _read(self, source: Source, first: int, head: int) -> Reading:
        """Return the blocks from ``first`` on, as many as the endpoint gives at once. Touches no database."""
        while True:
            last = min(head, first + self.span.blocks - 1)
            try:
                batch = fetch_batch(source, first, last, sorted(self.chain.deployment.values()))
                break
            except TooMuchError:
                if not self.span.refused():
                    raise
            except RetryableChainError as error:
                if "Timeout" in error.reason:
                    self.span.refused()  # it may have been so much that it took too long
                raise
        end = batch.headers[-1].hash
        in_last = sum(1 for _ in takewhile(lambda log: log.block_hash == end, reversed(batch.logs)))
        self.span.answered(last - first + 1, len(batch.logs), in_last)
        if self.chain.quorum > 1:
            # The last hash vouches for all blocks before it, so that one comparison is enough.
            agree(source, batch.headers[-1], self.chain.quorum)
        return decode.read(self.chain, batch)


@contextmanager
def _distrusting(source: Source) -> Iterator[None]:
    """Let an endpoint rest whose answers did not fit together."""
    try:
        yield
    except ChainMovedError:
        source.distrust()
        raise
