"""Statements that travel to the database together, with the beginning and the end of their transaction.

Of a short transaction most is the way there and back, and others wait for its locks as long as that takes. Sent as one
text, each statement sees what was there when it began, as it would if it came alone: what follows a lock sees what
others have written before it was free.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from django.db import connection
from psycopg import Error
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.generators import execute
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

from .planned import forget, may_plan, planned
from .statements import NEXT, Found, Question, Read

Asked = tuple[str, Mapping[str, Any]]  # SQL, and the values of its names
WELL = {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK}


def in_one_trip(*asked: Asked, ends: bool = False) -> list[Read]:
    """Run statements inside of a transaction, and return the rows of each. Raises django.db.Error.

    It begins the transaction where nothing was asked in it before. ``ends``: it commits it as well, so that nothing
    may be asked in it any more; where the transaction is part of another one, that one goes on.
    """
    connection.validate_no_broken_transaction()
    with connection.cursor() as cursor:
        driver: Any = connection.connection
        is_idle = driver.pgconn.transaction_status == TransactionStatus.IDLE
        begins = not driver.autocommit and is_idle
        commits = ends and connection.in_atomic_block and not connection.savepoint_ids

        def send(asked: Sequence[Asked]) -> list[PGresult]:
            texts = [cursor.mogrify(sql, given) for sql, given in asked]
            return _sent(driver, NEXT.join([*(["BEGIN"] if begins else []), *texts, *(["COMMIT"] if commits else [])]))

        with connection.wrap_database_errors:
            results = _planned(driver, asked, send, is_idle=is_idle) if may_plan() else send(asked)
        reader = Transformer(cursor.cursor)
        own = results[begins : begins + len(asked)]
        return [_rows(reader, result) for result in own]


def found_in_one_trip(*questions: Question[Any]) -> list[Found[Any]]:
    """Return what questions find whose statements are always the same. As many queries, but one trip."""
    reads = in_one_trip(*(each.asked for each in questions))
    return [Found(question.statement, read) for question, read in zip(questions, reads, strict=True)]


def _planned(
    driver: Any, asked: Sequence[Asked], send: Callable[[Sequence[Asked]], list[PGresult]], *, is_idle: bool
) -> list[PGresult]:
    """Run what the connection has planned; once more by its text where it turns out that it has not."""
    try:
        return send(planned(driver, asked, is_idle=is_idle))
    except Error as error:
        if not forget(driver, error) or not is_idle:
            raise
    if driver.pgconn.transaction_status != TransactionStatus.IDLE:
        driver.pgconn.exec_(b"ROLLBACK")
    return send(asked)


def _sent(driver: Any, text: str) -> list[PGresult]:
    since = time.monotonic()
    driver.pgconn.send_query(text.encode())
    results: list[PGresult] = driver.wait(execute(driver.pgconn))
    for result in results:
        if result.status not in WELL:
            raise error_from_result(result)
    if connection.queries_logged:
        connection.queries_log.append({"sql": text, "time": f"{time.monotonic() - since:.3f}"})
    return results


def _rows(reader: Any, result: PGresult) -> Read:
    if result.status != ExecStatus.TUPLES_OK:
        return []
    reader.set_pgresult(result)
    return cast(Read, reader.load_rows(0, result.ntuples, tuple))
