"""Rows into tables by COPY, and any number of times: what is there already stays as it is.

What is new goes straight into its table. Where a row turns out to be there already, all rows go into a staging table of
the session, and from there in one statement that passes over it, which costs about twice as much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from operator import itemgetter
from typing import Any

from django.db import IntegrityError, connection, models, transaction
from django.db.models.fields.json import JSONField

from contracts.models import Chain, Fact

from .records import FactRow

Copy = Any  # psycopg's
Write = Callable[[Copy], object]


class Table:
    """A model's table and some of its columns."""

    def __init__(self, model: type[models.Model], columns: Sequence[str]) -> None:
        """Take the columns that rows will have, by the names of the model's attributes."""
        self.name = model._meta.db_table
        self.columns = ", ".join(map(_column(model), columns))

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        """Insert the rows; one whose key is there already stays as it is."""
        self._add(partial(_write_rows, rows))

    def add_lines(self, lines: str) -> bool:
        """Insert rows that are written as COPY reads them; one whose key is there already stays as it is.

        Return whether all of them were new.
        """
        return self._add(lambda copy: copy.write(lines))

    def merge(self, rows: Sequence[Sequence[Any]], conflict: str) -> None:
        """Insert the rows, which are few; where a key is there already, do what ``conflict`` says."""
        places = ", ".join([f"({', '.join(['%s'] * len(rows[0]))})"] * len(rows))
        with connection.cursor() as cursor:
            statement = f"insert into {self.name} ({self.columns}) values {places} {conflict}"  # noqa: S608  of models
            cursor.execute(statement, [value for row in rows for value in row])

    def _add(self, write: Write) -> bool:
        try:
            # A savepoint: a COPY that meets a known key spoils only itself, not the batch.
            with transaction.atomic():
                _copy(f"{self.name} ({self.columns})", write)
        except IntegrityError:
            self._add_by_staging(write)
            return False
        return True

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


def save_facts(facts: Iterable[FactRow]) -> None:
    """Insert facts, each kind into its own table."""
    kinds: dict[type[Fact], list[dict[str, Any]]] = {}
    for model, values in facts:
        kinds.setdefault(model, []).append(values)
    # In one order everywhere, so that two chains' writers cannot deadlock.
    for model in sorted(kinds, key=lambda model: model._meta.db_table):
        rows = _rows(model)
        rows.table.add([rows.of(values) for values in kinds[model]])


def put_rows(model: type[models.Model], named_by: Sequence[str], rows: Iterable[dict[str, Any]]) -> None:
    """Write a few rows, each in the place of the one of its chain that these columns name in the same way."""
    made = [_rows(model).of(values) for values in rows]
    if made:
        _rows(model).table.merge(made, _replacing(model, tuple(named_by)))


def remove_rows(
    model: type[models.Model], chain: Chain, named_by: Sequence[str], names: Sequence[Sequence[Any]]
) -> None:
    """Delete the rows of a chain that these columns name so; not all of them need be there."""
    if names:
        each = f"({', '.join(['%s'] * len(named_by))})"
        columns, places = ", ".join(map(_column(model), named_by)), ", ".join([each] * len(names))
        with connection.cursor() as cursor:
            statement = f"delete from {model._meta.db_table} where chain_id = %s and ({columns}) in ({places})"  # noqa: S608  of models
            cursor.execute(statement, [chain.pk, *(value for name in names for value in name)])


class _Rows:
    """Makes rows of a model's table, all columns but the key, which is the database's to make."""

    def __init__(self, model: type[models.Model]) -> None:
        fields = [field for field in model._meta.local_fields if not field.primary_key]
        self.names = [field.attname for field in fields]
        self.table = Table(model, self.names)
        self._defaults = {field.attname: field.get_default() for field in fields}
        self._values = itemgetter(*self.names)
        self._converters = [
            (place, convert) for place, convert in enumerate(map(_converter, fields)) if convert is not None
        ]

    def of(self, values: dict[str, Any]) -> Sequence[Any]:
        """Return a row of these values; a column that is not among them has its default."""
        whole = self._defaults | values
        if len(whole) != len(self.names):
            raise TypeError(f"{self.table.name} has no {', '.join(sorted(whole.keys() - set(self.names)))}.")
        row: tuple[Any, ...] = self._values(whole)
        if not self._converters:
            return row
        made = list(row)
        for place, convert in self._converters:
            if made[place] is not None:
                made[place] = convert(made[place])
        return made


_rows = cache(_Rows)


@cache
def _replacing(model: type[models.Model], named_by: tuple[str, ...]) -> str:
    column = _column(model)
    names = [*map(column, ("chain_id", *named_by))]
    others = [name for name in map(column, _rows(model).names) if name not in names]
    return f"on conflict ({', '.join(names)}) do update set " + ", ".join(
        f"{each} = excluded.{each}" for each in others
    )


def _column(model: type[models.Model]) -> Callable[[str], str]:
    """Return what gives the column of a model's attribute."""
    by_attribute = {field.attname: f'"{field.column}"' for field in model._meta.local_fields}
    return by_attribute.__getitem__


def _converter(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    """Return what makes of an attribute's value what the database takes; None where it takes the value as it is."""
    if isinstance(field, JSONField):
        return partial(field.get_db_prep_save, connection=connection)
    # A member of an enumeration is not what its value is to psycopg.
    return (int if isinstance(field, models.IntegerField) else str) if field.choices else None
