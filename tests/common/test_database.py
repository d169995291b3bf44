"""Queries for code in an event loop: what hangs up costs a try, and nothing else does."""

from __future__ import annotations

import asyncio

import pytest
from django.db import DatabaseError, OperationalError

from common.database import retried


class Line:
    """What is asked, which hangs up so many times."""

    def __init__(self, *errors: type[Exception]) -> None:
        self.errors, self.asked = list(errors), 0

    def ask(self, value: int) -> int:
        self.asked += 1
        if self.errors:
            raise self.errors.pop()
        return value


def test_a_connection_that_was_lost_is_made_again_once() -> None:
    line = Line(OperationalError)
    assert asyncio.run(retried(line.ask, 7)) == 7
    assert line.asked == 2
    gone = Line(OperationalError, OperationalError)
    with pytest.raises(OperationalError):
        asyncio.run(retried(gone.ask, 7))
    assert gone.asked == 2


def test_what_was_refused_is_not_asked_again() -> None:
    line = Line(DatabaseError)
    with pytest.raises(DatabaseError):
        asyncio.run(retried(line.ask, 7))
    assert line.asked == 1
