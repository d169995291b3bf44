"""The one way to wait in a test: for something to be so, with a deadline. No other file of the tests may sleep."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 60.0  # seconds: a machine that does other work besides is slow, not wrong
EVERY = 0.02  # seconds between two looks


def until(ready: Callable[[], T], what: object = "", seconds: float = PATIENCE, every: float = EVERY) -> T:
    """Return the first true value that ``ready`` gives.

    Fails the test after so many seconds with what ``what`` says: a sentence, or a function that gives one then.
    """
    deadline = time.monotonic() + seconds
    while not (found := ready()):
        assert time.monotonic() < deadline, _late(ready, what, seconds)
        time.sleep(every)
    return found


async def becomes(ready: Callable[[], object], what: object = "", seconds: float = PATIENCE) -> None:
    """Wait in an event loop, which goes on meanwhile, until ``ready`` is true; it may be a coroutine function."""
    deadline = time.monotonic() + seconds
    while True:
        found = ready()
        if (await found) if isinstance(found, Awaitable) else found:
            return
        assert time.monotonic() < deadline, _late(ready, what, seconds)
        await asyncio.sleep(EVERY)


def take(seconds: float) -> None:
    """Be as slow as what a test imitates, or keep still for as long as it says that nothing happens: not to wait."""
    time.sleep(seconds)


async def take_in_loop(seconds: float) -> None:
    """Do the same in an event loop."""
    await asyncio.sleep(seconds)


def _late(ready: object, what: object, seconds: float) -> str:
    return f"Not so after {seconds:.0f} seconds: {what() if callable(what) else what or ready}"
