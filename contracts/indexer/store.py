"""Rows into tables by COPY, and any number of times: what is there already stays as it is.

What is new goes straight into its table. Where a row turns out to be there already, all rows go into a staging table of
the session, and from there in one statement that passes over it, which costs about twice as much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from operator import attrgetter
from typing import Any

from django.db import IntegrityError, connection, models, transaction
from django.db.models.fields.json import JSONField

from contracts.models import Fact

Copy = Any  # psycopg's
Write = Callable[[Copy], object]


class Table:
    """A model's table and some of its columns."""

    def __init__(self, model: type[models.Model], columns: Sequence[str]) -> None:
        """Take the columns that rows will have, by the names of the model's attributes."""
        self.name = model._meta.db_table
        by_attribute = {field.attname: field for field in model._meta.local_fields}
        self.columns = ", ".join(f'"{by_attribute[name].column}"' for name in columns)

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        """Insert the rows; one whose key is there already stays as it is."""
        self._add(partial(_write_rows, rows))

    def add_lines(self, lines: str) -> None:
        """Insert rows that are written as COPY reads them; one whose key is there already stays as it is."""
        self._add(lambda copy: copy.write(lines))

    def merge(self, rows: Sequence[Sequence[Any]], conflict: str) -> None:
        """Insert the rows, which are few; where a key is there already, do what ``conflict`` says."""
        places = ", ".join([f"({', '.join(['%s'] * len(rows[0]))})"] * len(rows))
        with connection.cursor() as cursor:
            statement = f"insert into {self.name} ({self.columns}) values {places} {conflict}"  # noqa: S608  of models
            cursor.execute(statement, [value for row in rows for value in row])

    def _add(self, write: Write) -> None:
        try:
            # A savepoint: a COPY that meets a known key spoils only itself, not the batch.
            with transaction.atomic():
                _copy(f"{self.name} ({self.columns})", write)
        except IntegrityError:
            self._add_by_staging(write)

    def _add_by_staging(self, write: Write) -> None:
        staged = f"staged_{self.name}"
        with connection.cursor() as cursor:
            cursor.execute(
                # Without the indexes and constraints, which the real table checks in a moment anyway.
                f"create temp table if not exists {staged} on commit delete rows as "  # noqa: S608  names of models
                f"select {self.columns} from {self.name} with no data"
            )
            _copy(staged, write)
            cursor.execute(
                f"insert into {self.name} ({self.columns}) "  # noqa: S608  as above
                f"select * from {staged} on conflict do nothing"
            )
            # Within one transaction a table may be merged twice.
            cursor.execute(f"truncate {staged}")


def _copy(into: str, write: Write) -> None:
    """COPY what ``write`` writes. Errors are Django's, as of any statement."""
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(f"copy {into} from stdin") as copy,
    ):
        write(copy)


def _write_rows(rows: Iterable[Sequence[Any]], copy: Copy) -> None:
    for row in rows:
        copy.write_row(row)


def save_facts(facts: Iterable[Fact]) -> None:
    """Insert facts, each kind into its own table."""
    kinds: dict[type[Fact], list[Fact]] = {}
    for fact in facts:
        kinds.setdefault(type(fact), []).append(fact)
    # In one order everywhere, so that two chains' writers cannot deadlock.
    for model in sorted(kinds, key=lambda model: model._meta.db_table):
        table, row = _facts(model)
        table.add([row(fact) for fact in kinds[model]])


@cache
def _facts(model: type[Fact]) -> tuple[Table, Callable[[Fact], tuple[Any, ...]]]:
    """Return a kind of fact's table, and what makes a row of one."""
    # The primary key is the database's to make.
    fields = [field for field in model._meta.local_fields if not field.primary_key]
    names = [field.attname for field in fields]
    values = attrgetter(*names)
    converters = [_converter(field) for field in fields]

    def row(fact: Fact) -> tuple[Any, ...]:
        return tuple(
            value if convert is None or value is None else convert(value)
            for convert, value in zip(converters, values(fact), strict=True)
        )

    return Table(model, names), row


def _converter(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    """Return what makes of an attribute's value what COPY takes; None where it takes the value as it is."""
    if field.choices or isinstance(field, JSONField):
        return partial(field.get_db_prep_save, connection=connection)
    return None
