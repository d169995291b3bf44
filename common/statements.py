"""SQL that the ORM writes once and that is run often: building and compiling a query costs more than running it.

A statement gives rows as the database does. They tell whether anything has changed since they were last shown, and
become model instances only where it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from functools import cached_property
from secrets import token_hex
from typing import Any, Generic, TypeVar, overload

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model, QuerySet, Value
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row", bound=Model)
Read = list[tuple[Any, ...]]

MARK = f"given-{token_hex(16)}-"  # stands in SQL before the name of a value that is not known yet


class Given(Value):
    """A value that a statement learns when it is run, by this name."""

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, Any]:
        return "%s", [self]


def _composed(sql: str, values: Sequence[Any]) -> str:
    """Return SQL with its values written in, but for those that are given: they become parameters with names."""
    marked = [f"{MARK}{value.value}" if isinstance(value, Given) else value for value in values]
    text = str(connection.ops.compose_sql(sql, marked)).replace("%", "%%")  # type: ignore[attr-defined]  # of PostgreSQL
    for name in {value.value for value in values if isinstance(value, Given)}:
        text = text.replace(f"'{MARK}{name}'", f"%({name})s")
    return text


class Statement(Generic[Row]):
    """A query set's SELECT. Safe among threads."""

    def __init__(self, rows: QuerySet[Row]) -> None:
        self._rows = rows
        self._compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
        try:
            self._sql = _composed(*self._compiler.as_sql())
        except EmptyResultSet:
            self._sql = ""

    def read(self, **given: Any) -> Read:
        """Return the rows as they are now. One query; none where nothing can fulfil its conditions."""
        if not self._sql:
            return []
        with connection.cursor() as cursor:
            cursor.execute(self._sql, given)
            return list(cursor.fetchall())

    def column(self, annotation: str) -> int:
        """Return where in a row an annotation stands."""
        return int(self._compiler.annotation_col_map[annotation])

    def instances(self, read: Read) -> list[Row]:
        """Return the models that rows of ``read`` stand for. No query."""
        if not read:
            return []
        compiler = copy(self._compiler)
        compiler.execute_sql = lambda **_: [read]  # as if it had just run
        rows = self._rows.all()
        rows.query.get_compiler = lambda **_: compiler  # type: ignore[method-assign]
        return list(rows)

    def find(self, **given: Any) -> Found[Row]:
        """Return what there is now. One query."""
        return Found(self, self.read(**given))


class Found(Sequence[Row]):
    """What a statement has found: rows, which become models when they are looked at."""

    def __init__(self, statement: Statement[Row], read: Read) -> None:
        self.read = read
        self._statement = statement

    @cached_property
    def _models(self) -> list[Row]:
        return self._statement.instances(self.read)

    @property
    def key(self) -> str:
        """What tells it from other findings."""
        return repr(self.read)

    def __len__(self) -> int:
        return len(self.read)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        return self._models[index]
