"""Waits for what is sent piece by piece, for no longer than it may take, without a timer for each piece.

Making and cancelling a timer costs as much as reading a piece. Nearly always the next deadline is later than the last
one: a timer that finds so when it rings is set again.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from aiohttp import StreamReader


class Patience:
    """Reads from a stream by deadlines, as the loop tells the time. To be left when nothing more is read."""

    def __init__(self, content: StreamReader) -> None:
        self._content, self._loop = content, asyncio.get_running_loop()
        self._by, self._is_waiting = 0.0, False
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._unset()

    async def read(self, by: float) -> bytes:
        """Return what has come, waiting for it until then. Raises TimeoutError where nothing comes."""
        self._by = by
        if self._timer is None or by < self._timer.when():
            self._unset()
            self._timer = self._loop.call_at(by, self._ring)
        self._is_waiting = True
        try:
            return await self._content.readany()
        finally:
            self._is_waiting = False

    def _unset(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _ring(self) -> None:
        self._timer = None
        if self._loop.time() < self._by:
            self._timer = self._loop.call_at(self._by, self._ring)
        elif self._is_waiting:
            self._content.set_exception(TimeoutError())
