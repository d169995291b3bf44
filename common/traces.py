"""What a page was made of: every question to the database, with its answer.

Whoever asks the same questions again and hears the same answers has the same page. A later question may depend on an
earlier answer, but where all answers are the same, all questions were. So a page can be known by its questions before
any of the code runs that would ask them one by one.

A page that was made of anything else has no whole trace: SQL from outside of ``common.statements``, a value from Redis,
the visitor or their session. What is asked ``aside`` belongs to no page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from threading import local
from typing import Any

from django.db import connection


class Trace:
    """The questions of one request so far."""

    def __init__(self) -> None:
        self.sql: list[tuple[str, Any]] = []  # with the values that were given
        self.cells: list[list[bytes | None]] = []  # what came back, as the database has written it
        self.until = inf  # seconds of ``time.monotonic`` up to which it may be believed
        self.page: object | None = None  # what was made of it, for whoever had it traced
        self._told = self._sent = 0
        self._is_spoiled = False

    @property
    def is_whole(self) -> bool:
        """Whether all that the page was made of is in it."""
        return not self._is_spoiled and self._told == self._sent

    def note(self, sql: list[tuple[str, Any]], cells: list[list[bytes | None]]) -> None:
        """Add statements that were sent at once, and what they gave."""
        self._told += 1
        self.sql += sql
        self.cells += cells

    def spoil(self) -> None:
        """Say that the page is made of something that cannot be asked again, or must be."""
        self._is_spoiled = True

    def expire(self, until: float) -> None:
        """Say that it was made of something that is good until then."""
        self.until = min(self.until, until)

    def sent(self, execute: Callable[..., Any], sql: Any, values: Any, many: bool, context: Any) -> Any:
        """Count a statement on its way to the database, whoever sends it."""
        if running() is self:
            self._sent += 1
        return execute(sql, values, many, context)


_here = local()


def running() -> Trace | None:
    """Return the trace of what this thread is making, if there is one."""
    return getattr(_here, "trace", None)


def spoil() -> None:
    """Say so of the page that this thread is making, if it is traced."""
    if trace := running():
        trace.spoil()


@contextmanager
def traced(trace: Trace) -> Iterator[None]:
    """Have all that this thread asks noted in a trace."""
    with connection.execute_wrapper(trace.sent), _running(trace):
        yield


def aside() -> Any:
    """Leave out of the trace what is asked meanwhile. A context manager."""
    return _running(None)


@contextmanager
def _running(trace: Trace | None) -> Iterator[None]:
    before, _here.trace = running(), trace
    try:
        yield
    finally:
        _here.trace = before
