"""What is kept about people: each table says which of its columns name somebody, how it is erased, or why it stays.

Each app registers its own tables when it is made ready; a test walks all models and finds what nobody has registered.
Copies of the chain are not among them: the chain keeps them for ever, and they would be read from it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial, reduce
from operator import or_
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django_stubs_ext import StrOrPromise

Rows = models.QuerySet[Any]
NOBODY = "0x" + "0" * 40  # whom a text belongs to whose author was erased


@dataclass(frozen=True)
class Holding:
    """A table with something about people. ``columns`` hold addresses, lists of them, or lead to the user.

    ``erase`` takes an address and leaves nothing of it in the table, but for what ``kept`` gives the reason for; None
    keeps all, or leaves it to the table that its rows hang on. ``without`` are columns that are not given out: secrets,
    and what is somebody else's. ``order`` is when it is erased: what others lead to comes last.
    """

    name: str
    model: type[models.Model]
    columns: tuple[str, ...]
    erase: Callable[[str], object] | None
    kept: StrOrPromise = ""
    without: tuple[str, ...] = ()
    order: int = 0

    def rows(self, address: str) -> Rows:
        """Return an address's rows."""
        return rows_of(self.model, self.columns, address)

    def export(self, address: str, most: int) -> Iterator[dict[str, Any]]:
        """Yield an address's rows as JSON takes them, the oldest first, at most so many."""
        fields = [each for each in self.model._meta.concrete_fields if each.name not in self.without]
        for row in self.rows(address).order_by("pk")[:most].iterator(chunk_size=500):
            yield {each.name: _plain(each.value_from_object(row)) for each in fields}


def held(
    model: type[models.Model],
    *columns: str,
    name: str,
    kept: StrOrPromise = "",
    erase: Callable[[str], object] | None = None,
    without: tuple[str, ...] = (),
    order: int = 0,
) -> Holding:
    """Return a holding that deletes its rows, unless it says how else they are erased, or only why they are kept."""
    deleted = None if kept else partial(_delete, model, columns)
    return Holding(name, model, columns, erase or deleted, kept, without, order)


def _delete(model: type[models.Model], columns: tuple[str, ...], address: str) -> int:
    return rows_of(model, columns, address).delete()[0]


def rows_of(model: type[models.Model], columns: tuple[str, ...], address: str) -> Rows:
    """Return the rows of a table in which one of the columns names an address."""
    return model._default_manager.filter(reduce(or_, (_names(model, each, address) for each in columns)))


def _names(model: type[models.Model], column: str, address: str) -> Q:
    field = model._meta.get_field(column)
    if isinstance(field, ArrayField):
        return Q(**{f"{column}__contains": [address]})
    return Q(**{f"{column}__address" if field.is_relation else column: address})


def _plain(value: Any) -> Any:
    return bytes(value).decode(errors="replace") if isinstance(value, bytes | memoryview) else value


_holdings: dict[str, Holding] = {}


def register(*holdings: Holding) -> None:
    """Add tables, each name once; their apps do so when they are made ready. Raises ValueError for a name in use."""
    for each in holdings:
        if (other := _holdings.get(each.name)) and other.model is not each.model:
            raise ValueError(each.name)
        _holdings[each.name] = each


def holdings() -> list[Holding]:
    """Return all tables with something about people, in the order in which they are erased."""
    return sorted(_holdings.values(), key=lambda each: each.order)


def reasons() -> list[StrOrPromise]:
    """Return why some of it is kept, each reason once; those of the apps above come first."""
    return list({str(each.kept): each.kept for each in reversed(_holdings.values()) if each.kept}.values())
