"""Rows into tables, any number of times: what is there already stays as it is.

Many go by COPY straight into their table. Where a row turns out to be there already, all go into a staging table of
the session, and from there in one statement that passes over it, which costs about twice as much. A few go as
statements, several in one message: while a chain is followed it is the messages that cost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from operator import itemgetter
from typing import Any, cast

from django.db import IntegrityError, connection, models, transaction
from django.db.models.fields.json import JSONField

from contracts.models import Chain, Fact

from .records import FactRow

Row = Sequence[Any] | str  # a str is a line of COPY, without its end
Statement = tuple[str, Sequence[Any]]

FEW = 50  # rows that statements take with less work than COPY
AT_ONCE = 200  # lines of COPY that are sent together
NOTHING = "on conflict do nothing"


class Table:
    """A model's table and some of its columns."""

    def __init__(self, model: type[models.Model], columns: Sequence[str]) -> None:
        """Take the columns that rows will have, by the names of the model's attributes."""
        self.name = model._meta.db_table
        self.columns = ", ".join(map(_column(model), columns))

    def inserting(self, rows: Sequence[Row], conflict: str) -> Statement:
        """Return what inserts a few rows and, where a key is there already, does what ``conflict`` says."""
        made = [_values_of(row) if isinstance(row, str) else row for row in rows]
        places = ", ".join([f"({', '.join(['%s'] * len(made[0]))})"] * len(made))
        statement = f"insert into {self.name} ({self.columns}) values {places} {conflict}"  # noqa: S608  of models
        return statement, [value for row in made for value in row]

    def copy(self, rows: Sequence[Row]) -> None:
        """Insert the rows by COPY. Raises IntegrityError where the key of one is there already."""
        _copy(f"{self.name} ({self.columns})", rows)

    def copy_by_staging(self, rows: Sequence[Row]) -> None:
        """Insert the rows by COPY; one whose key is there already stays as it is."""
        staged = f"staged_{self.name}"
        with connection.cursor() as cursor:
            cursor.execute(
                # Without the indexes and constraints, which the real table checks in a moment anyway.
                f"create temp table if not exists {staged} on commit delete rows as "  # noqa: S608  names of models
                f"select {self.columns} from {self.name} with no data"
            )
            _copy(staged, rows)
            cursor.execute(
                f"insert into {self.name} ({self.columns}) "  # noqa: S608  as above
                f"select * from {staged} {NOTHING}"
            )
            # Within one transaction a table may be merged twice.
            cursor.execute(f"truncate {staged}")


def add(parts: Iterable[tuple[Table, Sequence[Row]]]) -> bool:
    """Insert rows into several tables; one whose key is there already stays as it is. Return whether all were new."""
    wanted = [(table, rows) for table, rows in parts if rows]
    if sum(len(rows) for _table, rows in wanted) <= FEW:
        written = run([table.inserting(rows, NOTHING) for table, rows in wanted])
        return written == [len(rows) for _table, rows in wanted]
    try:
        # A savepoint: a COPY that meets a known key spoils no more than these, not the batch.
        with transaction.atomic():
            for table, rows in wanted:
                table.copy(rows)
    except IntegrityError:
        for table, rows in wanted:
            table.copy_by_staging(rows)
        return False
    return True


def run(statements: Sequence[Statement]) -> list[int]:
    """Run statements in one message; return how many rows each has written."""
    if not statements:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "; ".join(text for text, _values in statements), [each for _text, values in statements for each in values]
        )
        written = [cursor.rowcount]
        while cursor.nextset():
            written.append(cursor.rowcount)
    return written


def _copy(into: str, rows: Sequence[Row]) -> None:
    """COPY the rows, which are all of one form. Errors are Django's, as of any statement."""
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(f"copy {into} from stdin") as copy,
    ):
        if isinstance(rows[0], str):
            lines = cast(Sequence[str], rows)
            # Some at a time, so that they stay in the processor's cache from one form to the next.
            for start in range(0, len(lines), AT_ONCE):
                copy.write("\n".join([*lines[start : start + AT_ONCE], ""]))
        else:
            for row in rows:
                copy.write_row(row)


def _values_of(line: str) -> list[str]:
    """Return what a line of COPY says; only backslashes are escaped in ours."""
    return line.replace("\\\\", "\\").split("\t")


def of_facts(facts: Iterable[FactRow]) -> list[tuple[Table, list[Row]]]:
    """Return the rows of facts by their tables."""
    kinds: dict[type[Fact], list[dict[str, Any]]] = {}
    for model, values in facts:
        kinds.setdefault(model, []).append(values)
    # In one order everywhere, so that two chains' writers cannot deadlock.
    ordered = sorted(kinds, key=lambda model: model._meta.db_table)
    return [(_rows(model).table, [*map(_rows(model).of, kinds[model])]) for model in ordered]


def put_rows(model: type[models.Model], named_by: Sequence[str], rows: Iterable[dict[str, Any]]) -> None:
    """Write a few rows, each in the place of the one of its chain that these columns name in the same way."""
    made = [_rows(model).of(values) for values in rows]
    if made:
        run([_rows(model).table.inserting(made, _replacing(model, tuple(named_by)))])


def remove_rows(
    model: type[models.Model], chain: Chain, named_by: Sequence[str], names: Sequence[Sequence[Any]]
) -> None:
    """Delete the rows of a chain that these columns name so; not all of them need be there."""
    if names:
        each = f"({', '.join(['%s'] * len(named_by))})"
        columns, places = ", ".join(map(_column(model), named_by)), ", ".join([each] * len(names))
        statement = f"delete from {model._meta.db_table} where chain_id = %s and ({columns}) in ({places})"  # noqa: S608  of models
        run([(statement, [chain.pk, *(value for name in names for value in name)])])


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
