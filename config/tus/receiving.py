"""Bytes of one request on their way into an upload's file: written and hashed in threads, while the next ones come.

At most two batches are held. The client is read no faster than the disk takes what it sends: the server stops reading a
connection whose bytes nobody asks for.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import partial
from typing import ParamSpec, TypeVar
from uuid import UUID

from common import metrics
from common.database import retried
from common.sessions import lives_until
from config.guard.protocol import Receive
from marketplace.files import stores, uploading
from marketplace.files.digests import Digest
from marketplace.files.errors import UploadNotFoundError
from marketplace.files.parts import Part

from .errors import ChecksumError, CrowdedError, TooLongError, TooSlowError
from .visitors import Visitor
from .words import ALGORITHMS, Checksum

P = ParamSpec("P")
T = TypeVar("T")

BATCH = 512 * 1024  # bytes that go to threads at once
MOST = 1024 * 1024  # that are gathered while the ones before are written
SMALL = 16 * 1024  # bytes: pieces of a batch that are smaller on average are copied together first
PATIENCE = 60.0  # seconds for each batch: who sends less in that time drips
NOTED = 2.0  # seconds between two notes of how much the disk has: what a process that dies loses, at most
SESSION = 60.0  # seconds between two looks at the session
SLOW, GRACE = 64 * 1024, 10.0  # bytes a second, below which others come first, and seconds until that is judged

_threads = ThreadPoolExecutor(4, thread_name_prefix="uploads")


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run what waits for the disk, or hashes, in a thread of our own."""
    return await asyncio.get_running_loop().run_in_executor(_threads, partial(function, *args, **kwargs))


class Receiving:
    """One request that sends. ``offset`` is how many bytes are written, ``digest`` what they come to, where that is
    known, ``has_ended`` whether all of the request came. With a checksum all of it is kept, or nothing.
    """

    def __init__(
        self, part: Part, upload: UUID, span: range, digest: Digest | None, by: Visitor, checksum: Checksum | None
    ) -> None:
        self.offset = self._begins = span.start
        self.digest = None if checksum else digest
        self.has_ended = False
        self.heard_at = time.monotonic()
        self.over = asyncio.Event()
        self._began, self._came, self._gives_place = self.heard_at, 0, False
        self._part, self._upload, self._ends, self._by = part, upload, span.stop, by
        self._checksum = checksum
        self._sum = ALGORITHMS[checksum.algorithm](usedforsecurity=False) if checksum else None
        self._clock: asyncio.Timeout | None = None
        self._writing: asyncio.Future[None] | None = None
        self._noting: asyncio.Task[None] | None = None
        self._noted = span.start
        self._noted_at = self._asked_at = time.monotonic()

    def give_way(self) -> None:
        """Stop: the connection is dead, and its sender has come back on another one."""
        if self._clock:
            self._clock.reschedule(asyncio.get_running_loop().time())

    @property
    def pace(self) -> float:
        """How many bytes a second have come."""
        return self._came / (time.monotonic() - self._began + 1e-9)

    @property
    def is_slow(self) -> bool:
        """Whether others come first: it has held its seat for a while, and hardly anything comes."""
        return time.monotonic() - self._began > GRACE and self.pace < SLOW and not self._gives_place

    def give_place(self) -> None:
        """Stop, because somebody else waits for the seat. What has come is kept."""
        self._gives_place = True
        self.give_way()

    async def take(self, receive: Receive) -> None:
        """Write the bytes of the request. However that ends, what was written is on the disk then, and noted.

        Raises TooSlowError, CrowdedError, TooLongError, ChecksumError, DiskFullError, UploadNotFoundError.
        """
        try:
            async with asyncio.timeout(PATIENCE) as self._clock:
                await self._pump(receive)
        except TimeoutError as error:
            raise (CrowdedError if self._gives_place else TooSlowError) from error
        finally:
            self._clock = None
            await asyncio.shield(self._settle())
        if self.has_ended and not self._is_right:
            raise ChecksumError

    async def _pump(self, receive: Receive) -> None:
        batch, held, more = list[bytes](), 0, True
        try:
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return
                self.heard_at = time.monotonic()
                body, more = message.get("body", b""), message.get("more_body", False)
                self._came += len(body)
                if self._begins + self._came > self._ends:
                    raise TooLongError
                held += len(body)
                batch.append(body)
                if held >= MOST or (held >= BATCH and not self._is_writing):
                    whole, batch, held = batch, [], 0
                    await self._hand_over(whole)
                    await self._look()
            self.has_ended = True
        finally:
            await self._hand_over(batch)

    async def _hand_over(self, batch: list[bytes]) -> None:
        """Have a batch written, once the one before is."""
        await self._written()
        size = sum(map(len, batch))
        if size < SMALL * len(batch):
            batch = [b"".join(batch)]
        self._writing = asyncio.get_running_loop().run_in_executor(_threads, self._write, batch, size)
        metrics.UPLOAD_BYTES.inc(size)
        if self._clock and not self._clock.expired():
            self._clock.reschedule(asyncio.get_running_loop().time() + PATIENCE)

    def _write(self, batch: list[bytes], size: int) -> None:
        """Runs in a thread, one batch at a time."""
        with self.digest.taking(batch) if self.digest else nullcontext():
            self._part.write(batch)
        if self._sum:
            for piece in batch:
                self._sum.update(piece)
        self.offset += size

    @property
    def _is_writing(self) -> bool:
        return self._writing is not None and not self._writing.done()

    async def _written(self) -> None:
        """Wait for the batch that is being written. Raises DiskFullError."""
        if self._writing:
            await asyncio.shield(self._writing)

    async def _look(self) -> None:
        """Note now and then how far it is, beside what goes on, and hear whether it should go on."""
        if self._noting and self._noting.done():
            noting, self._noting = self._noting, None
            noting.result()
        if not self._checksum and not self._noting and time.monotonic() - self._noted_at > NOTED:
            self._noting = asyncio.create_task(self._note_and_ask())

    async def _note_and_ask(self) -> None:
        await self._note()
        asks = self._noted_at - self._asked_at > SESSION
        self._asked_at = self._noted_at if asks else self._asked_at
        if not await retried(_may_go_on, self._by if asks else None):
            raise UploadNotFoundError

    async def _note(self) -> None:
        """Have the disk take what was written, and note it: in this order, so that the note is true in any case."""
        offset, self._noted_at = self.offset, time.monotonic()
        await in_thread(self._part.sync)
        if not await retried(uploading.note_offset, upload_id=self._upload, offset=offset):
            raise UploadNotFoundError
        self._noted = offset

    async def _settle(self) -> None:
        try:
            await self._written()
        finally:
            if self._noting:
                await asyncio.wait([self._noting])
                self._noting.exception()  # it was asked for beside; what it says, the last note says again
            if not self._is_right:
                await in_thread(self._part.go_on_at, self._begins)
                self.offset = self._begins
            if self._noted != self.offset:
                await self._note()

    @property
    def _is_right(self) -> bool:
        """Whether what has come may be kept."""
        if not self._sum or not self._checksum:
            return True
        return self.has_ended and self._sum.digest() == self._checksum.digest


def _may_go_on(by: Visitor | None) -> bool:
    """Raise DiskFullError where the disk is, and say whether a session lives still, if one is named."""
    stores.check_room(0)
    return by is None or lives_until(by.session, by.user.pk) is not None
