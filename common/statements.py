"""SQL that the ORM writes once and that is run often: building and compiling a query costs more than running it.

A statement gives rows as the database does. They tell whether anything has changed since they were last shown, and
become model instances only where it has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import chain
from secrets import token_hex
from types import SimpleNamespace
from typing import Any, Generic, TypeVar, overload

import msgspec
from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Func, Model, QuerySet, Value
from django.db.models.query import ModelIterable
from django.db.models.sql.compiler import SQLCompiler
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.generators import execute
from psycopg.postgres import types
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGresult

from .traces import running

Row = TypeVar("Row", bound=Model)
Read = list[tuple[Any, ...]]
Cells = list[bytes | None]

BYTES = types["bytea"].oid
NOTHING = "SELECT WHERE false"
NEXT = ";\n\n"  # between statements that travel together
MARK = f"given-{token_hex(16)}-"  # stands in SQL before the name of a value that is not known yet


class Given(Value):
    """A value that a statement learns when it is run, by this name."""

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, Any]:
        return "%s", [self]


def given_ids(name: str) -> Func:
    """Return a subquery of the ids that a statement learns as a list, by this name, when it is run."""
    return Func(Given(name), template="(SELECT unnest(%(expressions)s::bigint[]))")


def _composed(sql: str, values: Sequence[Any]) -> str:
    """Return SQL with its values written in, but for those that are given: they become parameters with names."""
    marked = [f"{MARK}{value.value}" if isinstance(value, Given) else value for value in values]
    # Doubled, so that the driver does not take a per cent sign in a value for a placeholder.
    of_postgresql: Any = connection.ops
    text = str(of_postgresql.compose_sql(sql, marked)).replace("%", "%%")
    for name in {value.value for value in values if isinstance(value, Given)}:
        text = text.replace(f"'{MARK}{name}'", f"%({name})s")
    return text


class Statement(Generic[Row]):
    """A query set's SELECT. Safe among threads."""

    def __init__(self, rows: QuerySet[Row]) -> None:
        self._compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
        try:
            self.sql = _composed(*self._compiler.as_sql())
        except EmptyResultSet:
            self.sql = ""  # nothing can fulfil its conditions

    def asked(self, **given: Any) -> Question[Row]:
        """Return the statement with its values, to be asked together with others."""
        return Question(self, given)

    def read(self, **given: Any) -> Read:
        """Return the rows as they are now. One query; none where nothing can fulfil its conditions."""
        if not self.sql:
            return []
        with connection.cursor() as cursor:
            cursor.execute(self.sql, given)
            if trace := running():
                trace.note([(self.sql, given)], [cells_of(cursor.pgresult)])
            return list(cursor.fetchall())

    def column(self, annotation: str) -> int:
        """Return where in a row an annotation stands."""
        return int(self._compiler.annotation_col_map[annotation])

    def instances(self, read: Read) -> list[Row]:
        """Return the models that rows of ``read`` stand for. No query."""
        if not read:
            return []
        # A copy, because threads share the statement and each brings its own rows.
        compiler = copy(self._compiler)
        compiler.execute_sql = lambda **_: [read]  # as if it had just run
        compiler.get_converters = lambda _columns: self._converters
        query = SimpleNamespace(get_compiler=lambda **_: compiler)
        made = SimpleNamespace(db=DEFAULT_DB_ALIAS, query=query, _known_related_objects={})
        return list(ModelIterable(made))  # type: ignore[arg-type]  # all that it asks of a query set

    @cached_property
    def places(self) -> dict[str, int]:
        """Where in a row the model's own columns stand, by the names of its attributes."""
        chosen = self._compiler.klass_info["select_fields"] if self._compiler.klass_info else []
        return {self._compiler.select[place][0].target.attname: place for place in chosen}

    @cached_property
    def _converters(self) -> Any:
        """What makes Python's values of the database's, by column."""
        columns = [column for column, _sql, _alias in self._compiler.select[: self._compiler.col_count]]
        return self._compiler.get_converters(columns)

    def find(self, **given: Any) -> Found[Row]:
        """Return what there is now. One query."""
        return Found(self, self.read(**given))


def told_apart(*reads: Read | Cells) -> bytes:
    """Return a digest of rows: other rows have another one."""
    return sha256(msgspec.msgpack.encode(reads)).digest()


@dataclass(frozen=True)
class Question(Generic[Row]):
    """A statement with its values."""

    statement: Statement[Row]
    given: Mapping[str, Any]

    @property
    def asked(self) -> tuple[str, Mapping[str, Any]]:
        """What is sent."""
        return self.statement.sql or NOTHING, self.given


def together(*questions: Question[Any]) -> list[Found[Any]]:
    """Return what each of the questions finds. As many queries, but one trip to the database."""
    asked = [each.asked for each in questions]
    reads: list[Read] = []
    with connection.cursor() as cursor:
        cursor.execute(ready(asked))
        results = []
        while len(reads) < len(questions):
            results.append(cursor.pgresult)
            reads.append(list(cursor.fetchall()))
            cursor.nextset()
    if trace := running():
        trace.note(asked, list(map(cells_of, results)))
    return [Found(question.statement, read) for question, read in zip(questions, reads, strict=True)]


def ready(statements: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    """Return statements, each with the values that it is given, as one text to be sent."""
    with connection.cursor() as cursor:
        return NEXT.join([cursor.mogrify(sql, given) for sql, given in statements])


def cells_at_once(sent: str) -> list[Cells]:
    """Return what each of the statements of a text gives that is ``ready``, by one trip to the database.

    No value is made of what comes, which takes most of the time that such a trip costs here. Raises django.db.Error.
    """
    connection.ensure_connection()
    driver: Any = connection.connection
    with connection.wrap_database_errors:
        driver.pgconn.send_query(sent.encode())
        results = driver.wait(execute(driver.pgconn))
        for result in results:
            if result.status != ExecStatus.TUPLES_OK:
                raise error_from_result(result)
    return list(map(cells_of, results))


def cells_of(result: PGresult) -> Cells:
    """Return what a statement gave as the database has written it, row after row."""
    reader = Transformer()
    reader.set_pgresult(result, set_loaders=False)
    # By the loader that leaves bytes as they are: to ask for them one by one takes twice the time.
    reader.set_loader_types([BYTES] * result.nfields, Format.BINARY)
    return list(chain.from_iterable(reader.load_rows(0, result.ntuples, tuple)))


class Found(Sequence[Row]):
    """What a statement has found: rows, which become models when they are looked at."""

    def __init__(self, statement: Statement[Row], read: Read) -> None:
        self.read = read
        self._statement = statement

    @cached_property
    def _models(self) -> list[Row]:
        return self._statement.instances(self.read)

    @property
    def key(self) -> bytes:
        """A digest that differs wherever the rows do."""
        return told_apart(self.read)

    def value(self, column: str) -> Any:
        """Return what the database gave for a column, or an annotation, of the first."""
        place = self._statement.places.get(column)
        return self.read[0][self._statement.column(column) if place is None else place]

    def __len__(self) -> int:
        return len(self.read)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        return self._models[index]
