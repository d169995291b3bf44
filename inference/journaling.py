"""Writes down what streams have handed over: for all that run in a process at once, beside them.

A stream goes on while it is written down, and waits only where as much is unwritten as may be lost.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import structlog

from common.database import retried
from common.errors import DomainError

from . import actions
from .counting import Counts, Written
from .errors import CallClosedError
from .keys.errors import KeyRevokedError
from .tokens import TokenCount

JOURNAL_TOKENS, JOURNAL_SECONDS = 16, 0.5  # what may be unwritten, and for how long, before a stream waits
EARLY_TOKENS, EARLY_SECONDS = 8, 0.3  # from when on a stream is written down beside what it sends
GATHER_SECONDS = 0.1  # for which others are waited for

log = structlog.get_logger(__name__)


@dataclass(eq=False)
class Delivered:
    """What was handed to the client's transport of one call, and when it was last journaled."""

    call: UUID
    started: float
    count: TokenCount = field(default_factory=TokenCount)
    hashed: Any = field(default_factory=hashlib.sha256)  # of all of it, for the receipt
    at_once: bool = False  # what is here is still held back
    characters: int = 0
    first_token_ms: int = 0
    journaled_tokens: int = 0
    journaled: float = 0  # as of when it was counted
    error: DomainError | None = None  # why nothing more may be sent

    @property
    def tokens(self) -> int:
        """How many tokens that was, or a few less."""
        return self.count.total

    @property
    def unwritten(self) -> int:
        """How many tokens would be lost now."""
        return self.tokens - self.journaled_tokens

    def add(self, text: str) -> None:
        """Count one piece."""
        if not self.characters:
            now = time.monotonic()
            self.first_token_ms, self.journaled = round((now - self.started) * 1000), now
        self.count.add(text)
        self.hashed.update(text.encode())
        self.characters += len(text)

    @property
    def is_stale(self) -> bool:
        """Whether a key may have been revoked since somebody looked: before more is sent, that is asked."""
        return time.monotonic() - (self.journaled or self.started) >= JOURNAL_SECONDS

    @property
    def is_due(self) -> bool:
        """Whether it has to be written down before more is sent."""
        return self.unwritten >= JOURNAL_TOKENS or self.is_stale

    @property
    def is_early(self) -> bool:
        """Whether it may be written down beside what is sent."""
        return self.unwritten >= EARLY_TOKENS or time.monotonic() - self.journaled >= EARLY_SECONDS

    @property
    def counts(self) -> Counts:
        """What is journaled."""
        handed = 0 if self.at_once else 1
        return Counts(handed * self.tokens, handed * self.characters, self.first_token_ms)


class Journals:
    """The streams of a process, and who writes them down: one statement at a time."""

    _of: WeakKeyDictionary[asyncio.AbstractEventLoop, Journals] = WeakKeyDictionary()

    def __init__(self) -> None:
        self._streams: set[Delivered] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None

    @classmethod
    def here(cls) -> Journals:
        """Return those of the loop that runs."""
        return cls._of.setdefault(asyncio.get_running_loop(), cls())

    def note(self, one: Delivered) -> None:
        """Have a stream written down soon, with all others that have something unwritten then."""
        self._streams.add(one)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHER_SECONDS, self._begin)

    def leave(self, one: Delivered) -> None:
        """Write a stream down no more: its call is closed with what it has handed over."""
        self._streams.discard(one)
        if self._timer and not self._streams:
            self._timer.cancel()
            self._timer = None

    async def written(self, one: Delivered) -> None:
        """Return when what a stream has handed over until now is written down.

        Raises CallClosedError if its call is no longer open, and KeyRevokedError where its key was revoked meanwhile.
        """
        since = time.monotonic()
        while one.journaled < since and not one.error:
            self._streams.add(one)  # again, too: a statement that began before may have taken it off, all of it written
            if self._writing is None:
                self._write()
            # A task of its own: a stream that ends meanwhile ends nobody else's journal.
            if writing := self._writing:
                await asyncio.wait([writing])
                writing.result()
        if one.error:
            raise one.error

    def _begin(self) -> None:
        self._timer = None
        if self._writing is None:
            self._write()

    def _write(self) -> None:
        self._writing = asyncio.ensure_future(self._written_down())
        self._writing.add_done_callback(self._ended)

    def _ended(self, writing: asyncio.Task[None]) -> None:
        self._writing = None
        if not writing.cancelled() and (error := writing.exception()):
            # Who waits for it is told, and who does not will wait when as much is unwritten as may be.
            log.warning("journals were not written", reason=str(error))

    async def _written_down(self) -> None:
        now = time.monotonic()
        streams = {one.call: (one, one.counts, one.tokens) for one in self._streams}
        found = await retried(actions.journal_calls, counts={pk: counts for pk, (_, counts, _) in streams.items()})
        for pk, (one, counts, tokens) in streams.items():
            told = found.get(pk, Written.CLOSED)
            if told == Written.LATER:  # somebody else has its row
                await _alone(one, counts)
            elif told != Written.DONE:
                one.error = KeyRevokedError() if told == Written.REVOKED else CallClosedError()
            one.journaled_tokens, one.journaled = tokens, now
        self._streams = {one for one in self._streams if one.unwritten and not one.error}


async def _alone(one: Delivered, counts: Counts) -> None:
    """Write one stream down, and wait for its row."""
    try:
        await retried(actions.journal_call, call_id=one.call, **counts._asdict())
    except DomainError as error:
        one.error = error
