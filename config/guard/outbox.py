"""Stands between a thread that writes and a client that reads, so that a slow reader holds no thread either."""

import asyncio
from contextlib import suppress
from typing import cast

from .limits import Limits
from .protocol import Message, Receive, Send, Untaken
from .slices import SLICE, send_slice

WHOLE = 2  # messages of an answer that was made in one piece


class Outbox:
    """Takes an answer as fast as it is made, and sends it as fast as it is read.

    ``put`` waits only while more than ``outbox_bytes`` are unsent (backpressure for large files). Once the client
    has left, or has read nothing for ``stall_seconds``, everything further is dropped without an error: nobody who
    writes has to care. What is whole at once is sent when the writer has finished, without a task of its own.
    """

    def __init__(self, send: Send, limits: Limits, receive: Receive, untaken: Untaken | None = None) -> None:
        """``receive`` is asked when a part of a file is sent: the request has been read by then."""
        self._send, self._receive, self._untaken = send, receive, untaken
        self._limits = limits
        self._queue: asyncio.Queue[Message | None] = asyncio.Queue()
        self._room = asyncio.Event()
        self._room.set()
        self._unsent = 0  # bytes
        self._draining: asyncio.Task[None] | None = None

    async def put(self, message: Message) -> None:
        """Accept one message of the answer."""
        await self._room.wait()
        if self._draining and self._draining.done():
            return  # a slice is closed when nobody has it any more
        self._count(len(message.get("body", b"")))
        self._queue.put_nowait(message)
        is_long = self._queue.qsize() > WHOLE or message["type"] == SLICE or not self._room.is_set()
        if not self._draining and is_long:
            self._draining = asyncio.create_task(self._drain())

    async def finish(self) -> None:
        """Wait until everything that was put has been sent or dropped."""
        if self._draining:
            self._queue.put_nowait(None)
            await self._draining
        else:
            await self._send_whole()

    async def _send_whole(self) -> None:
        """Send what is there, with one clock for all of it."""
        with suppress(OSError):
            async with asyncio.timeout(self._limits.stall_seconds):
                while not self._queue.empty():
                    await self._send(cast(Message, self._queue.get_nowait()))

    async def _drain(self) -> None:
        try:
            while message := await self._queue.get():
                if message["type"] == SLICE:
                    seconds = self._limits.stall_seconds
                    await send_slice(message["slice"], self._send, self._receive, seconds, self._untaken)
                    continue
                async with asyncio.timeout(self._limits.stall_seconds):
                    await self._send(message)
                self._count(-len(message.get("body", b"")))
        except OSError:  # the client has left, has stopped reading (TimeoutError is one), or may read no more
            return
        finally:
            self._room.set()

    def _count(self, change: int) -> None:
        self._unsent += change
        if self._unsent > self._limits.outbox_bytes:
            self._room.clear()
        else:
            self._room.set()
