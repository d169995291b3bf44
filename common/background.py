"""Runs what waits long in a loop of its own, so that no thread waits for it: one a process, begun when it is needed."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

_LOCK = threading.Lock()
_loops: dict[int, asyncio.AbstractEventLoop] = {}  # by process: a loop does not survive a fork


def in_background(work: Coroutine[Any, Any, T]) -> Future[T]:
    """Begin some work, and return what will come of it. It is lost with the process."""
    return asyncio.run_coroutine_threadsafe(work, _loop())


def _loop() -> asyncio.AbstractEventLoop:
    with _LOCK:
        loop = _loops.get(os.getpid())
        if loop is None:
            loop = _loops[os.getpid()] = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, name="background", daemon=True).start()
        return loop
