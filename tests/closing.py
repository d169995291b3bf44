"""Says who closed a connection to the database that somebody goes on to use: the driver says only that it is closed."""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread
from typing import Any
from weakref import WeakKeyDictionary

import psycopg

FRAMES = 12
_ends: WeakKeyDictionary[psycopg.Connection[Any], str] = WeakKeyDictionary()


@contextmanager
def explained() -> Iterator[None]:
    """Have errors of closed connections tell how each came to its end, until the block ends."""
    close, cursor, wait = psycopg.Connection.close, psycopg.Connection.cursor, psycopg.Connection.wait

    def closing(self: psycopg.Connection[Any]) -> None:
        if not self.closed:
            _ends[self] = _seen("closed")
        close(self)

    def asking(self: psycopg.Connection[Any], *given: Any, **named: Any) -> Any:
        try:
            return cursor(self, *given, **named)
        except psycopg.OperationalError as error:
            raise psycopg.OperationalError(f"{error}: {_ends.get(self, 'by nobody of this process')}") from error

    def waiting(self: psycopg.Connection[Any], *given: Any, **named: Any) -> Any:
        try:
            return wait(self, *given, **named)
        except BaseException as error:
            if self.closed:
                _ends[self] = _seen(f"lost, by {error!r}")
            raise

    ours: dict[str, Any] = {"close": closing, "cursor": asking, "wait": waiting}
    theirs: dict[str, Any] = {"close": close, "cursor": cursor, "wait": wait}
    for name, function in ours.items():
        setattr(psycopg.Connection, name, function)
    try:
        yield
    finally:
        for name, function in theirs.items():
            setattr(psycopg.Connection, name, function)


def _seen(how: str) -> str:
    frames = traceback.extract_stack(limit=FRAMES)[:-2]
    path = " < ".join(f"{frame.name} ({frame.filename}:{frame.lineno})" for frame in reversed(frames))
    return f"{how} at {time.time():.3f} by the thread {current_thread().name}: {path}"
