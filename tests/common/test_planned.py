"""What a connection has planned runs as its text would, and where it is gone the text runs instead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from psycopg.pq import TransactionStatus
from pytest_django import DjangoDbBlocker, Settings

from common import planned
from common.trips import in_one_trip

ADD = ("insert into planned_here values (%(n)s, %(said)s)", {"n": 1, "said": "a"})
ALL: tuple[str, dict[str, Any]] = ("select n, said, 5 %% 3 from planned_here order by n", {})


@pytest.fixture
def own(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Give a connection that the thread has for good, with a table of its own, in no transaction."""
    monkeypatch.setattr(planned, "_is_off", False)
    with django_db_blocker.unblock():
        connection.close()
        monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", None)
        with connection.cursor() as cursor:
            cursor.execute("create temporary table planned_here (n bigint primary key, said text)")
        yield
        connection.close()


def names() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("select name from pg_prepared_statements")
        return {name for (name,) in cursor.fetchall()}


def status() -> TransactionStatus:
    driver: Any = connection.connection
    return TransactionStatus(driver.pgconn.transaction_status)


def test_it_is_planned_once_and_runs_with_any_values(own: None) -> None:
    odd = "a'; drop table planned_here; -- %s $1 \\ \u00e9"
    with transaction.atomic():
        assert in_one_trip(ADD, ALL) == [[], [(1, "a", 2)]]
        in_one_trip((ADD[0], {"n": 2, "said": odd}))
        in_one_trip((ADD[0], {"said": None, "n": 2**40}), ends=True)
    assert in_one_trip(ALL) == [[(1, "a", 2), (2, odd, 2), (2**40, None, 2)]]
    assert names() == {planned.form_of(sql).name for sql, _given in (ADD, ALL)}
    assert status() == TransactionStatus.IDLE


def test_what_is_asked_first_inside_of_a_transaction_is_planned_before_the_next(own: None) -> None:
    with transaction.atomic():
        in_one_trip(ALL)
        in_one_trip(ADD)
        assert names() == {planned.form_of(ALL[0]).name}
    in_one_trip(ALL)
    assert len(names()) == 2
    # What is undone with its transaction stays planned.
    with transaction.atomic():
        in_one_trip((ADD[0], {"n": 7, "said": ""}))
        transaction.set_rollback(True)
    assert in_one_trip(ALL) == [[(1, "a", 2)]]


def test_where_the_plans_are_gone_the_text_runs_and_nothing_is_planned_any_more(own: None) -> None:
    in_one_trip(ALL)
    with connection.cursor() as cursor:
        cursor.execute("deallocate all")  # as on another connection, which a pooler gave
    with transaction.atomic():
        assert in_one_trip(ADD, ALL, ends=True) == [[], [(1, "a", 2)]]
    assert (planned.may_plan(), status()) == (False, TransactionStatus.IDLE)
    assert in_one_trip(ALL) == [[(1, "a", 2)]]


def test_inside_of_a_transaction_it_is_undone_with_what_was_before(own: None) -> None:
    in_one_trip(ALL)
    with pytest.raises(ProgrammingError), transaction.atomic():  # noqa: PT012  what is undone is all of it
        in_one_trip(("insert into planned_here values (3, '')", {}))
        with connection.cursor() as cursor:
            cursor.execute("deallocate all")
        in_one_trip(ALL)
    assert (planned.may_plan(), in_one_trip(ALL)) == (False, [[]])


def test_a_table_that_has_changed_is_read_by_the_text(own: None) -> None:
    whole: tuple[str, dict[str, Any]] = ("select * from planned_here", {})
    assert in_one_trip(ADD, whole) == [[], [(1, "a")]]
    with connection.cursor() as cursor:
        cursor.execute("alter table planned_here add more int default 4")
    assert in_one_trip(whole) == in_one_trip(whole) == [[(1, "a", 4)]]
    assert planned.may_plan()


def test_what_cannot_be_planned_and_what_is_too_much_runs_by_its_text(
    own: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planned, "MOST", 2)
    for number in range(5):
        assert in_one_trip((f"select {number}", {})) == [[(number,)]]
    assert len(names()) == 2
    monkeypatch.setattr(planned, "MOST", 9)
    for _ in range(2):
        assert in_one_trip(("show search_path", {})) == [[('"$user", public',)]]


def test_only_a_connection_of_ones_own_is_planned_on(own: None, settings: Settings) -> None:
    assert planned.may_plan()
    settings.DATABASE_PLANS = False
    assert not planned.may_plan()
    settings.DATABASE_PLANS = True
    connection.settings_dict["CONN_MAX_AGE"] = 0
    assert not planned.may_plan()
