"""Lets in as many requests as there are threads; the others wait a moment, then are told that the site is busy."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from .limits import Limits
from .outbox import Outbox
from .protocol import UNTAKEN, App, Receive, Scope, Send
from .refusals import BUSY, refuse


class Gate:
    """ASGI middleware that holds a seat for as long as the application works, not for as long as the client reads."""

    def __init__(self, app: App, seats: int, limits: Limits) -> None:
        self.app = app
        self.limits = limits
        self.busy = 0  # seats taken
        self._seats = asyncio.Semaphore(seats)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._take_seat()
        except TimeoutError:
            await refuse(BUSY, scope, send)
            return
        outbox = Outbox(send, self.limits, receive, scope.get(UNTAKEN))
        try:
            await self.app(scope, receive, outbox.put)
        finally:
            self._leave_seat()
            await outbox.finish()

    @asynccontextmanager
    async def seat(self) -> AsyncIterator[None]:
        """Hold a seat for a while. Raises TimeoutError if none becomes free in time."""
        await self._take_seat()
        try:
            yield
        finally:
            self._leave_seat()

    async def _take_seat(self) -> None:
        """Raise TimeoutError if no seat becomes free in time."""
        if self._seats.locked():
            async with asyncio.timeout(self.limits.patience):
                await self._seats.acquire()
        else:
            await self._seats.acquire()  # at once
        self.busy += 1

    def _leave_seat(self) -> None:
        self.busy -= 1
        self._seats.release()
