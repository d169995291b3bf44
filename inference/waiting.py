"""Begins a call, and waits in turn where every upstream that may answer is busy, telling its place meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from common.database import in_database, in_thread
from common.errors import DomainError

from .actions import finish_call
from .errors import EngineBusyError
from .models import Call, CallState
from .queueing import Waiter, join, leave, place_of, stay

T = TypeVar("T")
Tell = Callable[[int], Awaitable[None]]

MOST_WAIT = 30.0  # seconds until who asks is told to come back
LOOK = 0.25  # seconds between two looks at one's place
ENTRANTS = 2  # the first of a queue, who try to begin
_leaving: set[asyncio.Future[None]] = set()  # which a loop alone would forget


@dataclass
class Turn:
    """How somebody waited: ``place`` is where they joined, the first 1, and 0 where nobody had to wait."""

    place: int = 0
    seconds: float = 0.0

    @property
    def headers(self) -> dict[str, str]:
        """What an answer says of it."""
        said = {"x-queue-place": str(self.place), "x-queue-waited-ms": str(round(self.seconds * 1_000))}
        return said if self.place else {}


async def begin_in_turn(
    begin: Callable[[Waiter], Awaitable[T]], *, wallet: str, tell: Tell | None = None, most: float | None = None
) -> tuple[T, Turn]:
    """Return what ``begin`` begins, and how long that had to wait: so many seconds at most. ``tell`` hears the place
    each time that it is looked for, and what it raises ends the wait.

    Raises what ``begin`` raises; EngineBusyError where a queue is full or the wait too long, TooManyWaitingError.
    Leaving it leaves the queue.
    """
    me, began = Waiter(wallet), time.monotonic()
    try:
        return await begin(me), Turn()
    except EngineBusyError as error:
        busy, engines = error, error.engines
    if not engines:
        raise busy
    turn, ends = Turn(), began + (MOST_WAIT if most is None else most)
    async with AsyncExitStack() as stack:
        # Before joining: who leaves just then may stand there already, though nobody has said so yet.
        stack.push_async_callback(_gone, me, engines)
        await in_thread(partial(join, me, engines))
        while time.monotonic() < ends:
            place = await in_thread(partial(_look, me, engines))
            turn.place = turn.place or place
            if tell:
                await tell(place)
            if place <= ENTRANTS:
                try:
                    found = await begin(me)
                except EngineBusyError:
                    pass
                else:
                    turn.seconds = time.monotonic() - began
                    stack.pop_all()  # nothing that began waits for the queue to hear of it
                    _left(me, engines, served=True)
                    return found, turn
            await asyncio.sleep(LOOK)
        raise busy


async def _gone(me: Waiter, engines: list[str]) -> None:
    """Leave the queues without a turn, also where the task is being cancelled."""
    await asyncio.shield(_left(me, engines))


def _left(me: Waiter, engines: list[str], *, served: bool = False) -> asyncio.Future[None]:
    """Leave the queues, beside what goes on: who waited for that, and was cancelled, would leave behind what began."""
    leaving = asyncio.ensure_future(in_thread(partial(leave, me, engines, served=served)))
    _leaving.add(leaving)
    leaving.add_done_callback(_leaving.discard)
    return leaving


async def begun(begin: Callable[[], Call]) -> Call:
    """Begin a call. Where who asked leaves meanwhile, it is closed: nobody would ever run it."""
    doing = asyncio.ensure_future(in_database(begin))
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        with suppress(DomainError):
            call = await doing
            await in_database(partial(finish_call, call_id=call.pk, state=CallState.STOPPED))
        raise


def _look(me: Waiter, engines: list[str]) -> int:
    stay(me, engines)
    return place_of(me, engines)
