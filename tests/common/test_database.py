"""Queries for code in an event loop: what hangs up costs a try, and nothing else does."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DEFAULT_DB_ALIAS, DatabaseError, OperationalError, connection, connections
from pytest_django import DjangoDbBlocker

from common.database import _in_turn, retried


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


def test_where_there_is_a_pool_each_thread_has_a_connection_of_its_own(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> None:
    def pool() -> None:
        database = connections[DEFAULT_DB_ALIAS]
        options = {**database.settings_dict["OPTIONS"], "pool": {"min_size": 1}}
        database.settings_dict = {**database.settings_dict, "OPTIONS": options}

    def asked() -> int:
        with connection.cursor() as cursor:
            cursor.execute("select pg_backend_pid()")
            return int(cursor.fetchone()[0])

    with django_db_blocker.unblock(), ThreadPoolExecutor(1, initializer=pool) as thread:
        first, second = thread.submit(_in_turn, asked).result(), thread.submit(_in_turn, asked).result()
        with connection.cursor() as cursor:
            cursor.execute("select pg_terminate_backend(%s, 5000)", [first])
        third = thread.submit(_in_turn, asked).result()
        thread.submit(lambda: connection.close()).result()
    assert first == second != third
