"""Rows into tables: COPY into a staging table of the session, then one merge that may be repeated."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from operator import attrgetter
from typing import Any

from django.db import connection, models
from django.db.models.fields.json import JSONField

from contracts.models import Fact

KEEP = "on conflict do nothing"


class Table:
    """A model's table and some of its columns."""

    def __init__(self, model: type[models.Model], columns: Sequence[str]) -> None:
        """Take the columns that rows will have, by the names of the model's attributes."""
        self.name = model._meta.db_table
        by_attribute = {field.attname: field for field in model._meta.local_fields}
        self.columns = ", ".join(f'"{by_attribute[name].column}"' for name in columns)

    def merge(self, rows: Iterable[Sequence[Any]], conflict: str = KEEP) -> None:
        """Insert the rows; where a key is there already, do what ``conflict`` says, by default nothing."""
        with self._staged(conflict) as copy:
            for row in rows:
                copy.write_row(row)

    def merge_lines(self, lines: Iterable[str]) -> None:
        """Insert rows that are written as COPY reads them; a key that is there already stays as it is."""
        with self._staged(KEEP) as copy:
            copy.write("".join(lines))

    @contextmanager
    def _staged(self, conflict: str) -> Iterator[Any]:
        """Take rows into the session's staging table, then merge them."""
        staged = f"staged_{self.name}"
        with connection.cursor() as cursor:
            cursor.execute(
                f"create temp table if not exists {staged} on commit delete rows as "  # noqa: S608  names of models
                f"select {self.columns} from {self.name} with no data"
            )
            with cursor.copy(f"copy {staged} from stdin") as copy:
                yield copy
            cursor.execute(
                f"insert into {self.name} ({self.columns}) select * from {staged} {conflict}"  # noqa: S608  as above
            )
            cursor.execute(f"truncate {staged}")


def save_facts(facts: Iterable[Fact]) -> None:
    """Insert facts, each kind into its own table."""
    kinds: dict[type[Fact], list[Fact]] = {}
    for fact in facts:
        kinds.setdefault(type(fact), []).append(fact)
    for model in sorted(kinds, key=lambda model: model._meta.db_table):
        table, row = _facts(model)
        table.merge(map(row, kinds[model]))


@cache
def _facts(model: type[Fact]) -> tuple[Table, Callable[[Fact], tuple[Any, ...]]]:
    """Return a kind of fact's table, and what makes a row of one."""
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
    if isinstance(field, JSONField):
        return json.dumps
    if field.choices:
        return field.get_prep_value
    return None
