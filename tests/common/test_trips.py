"""Statements that travel together: they do what they would do one by one, with their transaction's begin and end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError
from psycopg.pq import TransactionStatus
from pytest_django import DjangoDbBlocker

from common.trips import in_one_trip

ONE = ("insert into trips_here values (%(n)s)", {"n": 1})
ALL = ("select n from trips_here order by n", dict[str, Any]())


@pytest.fixture
def table(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Give a table of this connection alone, in no transaction."""
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute("create temporary table trips_here (n int primary key)")
        yield
        with connection.cursor() as cursor:
            cursor.execute("drop table trips_here")


def status() -> TransactionStatus:
    driver: Any = connection.connection
    return TransactionStatus(driver.pgconn.transaction_status)


def all_rows() -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(ALL[0])
        return list(cursor.fetchall())


def test_a_transaction_of_one_trip_begins_and_ends_in_it(table: None) -> None:
    heard: list[str] = []
    with transaction.atomic():
        transaction.on_commit(lambda: heard.append("committed"))
        assert in_one_trip(ONE, ALL, ends=True) == [[], [(1,)]]
        assert (status(), heard) == (TransactionStatus.IDLE, [])
    assert (heard, all_rows()) == (["committed"], [(1,)])


def test_what_does_not_end_goes_on_and_is_undone_with_its_transaction(table: None) -> None:
    with transaction.atomic():
        in_one_trip(ONE)
        assert in_one_trip(ALL) == [[(1,)]]
        transaction.set_rollback(True)
    assert (status(), all_rows()) == (TransactionStatus.IDLE, [])


def test_a_transaction_inside_another_one_ends_nothing(table: None) -> None:
    with transaction.atomic():
        with transaction.atomic():
            in_one_trip(ONE, ends=True)
        with transaction.atomic(savepoint=False):
            in_one_trip(("insert into trips_here values (2)", {}), ends=True)
        assert (status(), len(all_rows())) == (TransactionStatus.INTRANS, 2)
        transaction.set_rollback(True)
    assert all_rows() == []


def test_where_one_fails_none_was_done(table: None) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        in_one_trip(ONE, ONE, ends=True)
    assert (status(), all_rows()) == (TransactionStatus.IDLE, [])
    with transaction.atomic():
        with pytest.raises(DataError), transaction.atomic():
            in_one_trip(ONE, ("select 1 / 0", {}), ends=True)
        in_one_trip(("insert into trips_here values (3)", {}))
    assert all_rows() == [(3,)]
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(TransactionManagementError):
            in_one_trip(ONE, ends=True)


def test_values_are_no_sql(table: None) -> None:
    odd = "a'; drop table trips_here; -- %s \\ \u00e9"
    with transaction.atomic():
        assert in_one_trip(("select %(odd)s::text, 5 %% 3", {"odd": odd}), ends=True) == [[(odd, 2)]]
    assert all_rows() == []
