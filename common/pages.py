"""Keyset pagination: a page starts after the last row of the one before, so deep pages cost what the first does."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from math import isfinite
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from django.db.models import Expression, F, Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from .errors import DomainError
from .statements import Read, Statement

Row = TypeVar("Row", bound=Model)

BIGINT = 2**63
MALFORMED = (ValueError, TypeError, OverflowError, RecursionError)  # what reading a made-up cursor can raise


class CursorError(DomainError):
    """The cursor was not made by this listing in this order."""

    code = "cursor-invalid"
    detail = _("This page address is not valid for this order. Start again from the first page.")


def bounded_int(value: object) -> int:
    """Return ``value`` if it is an integer that a bigint column can hold."""
    # Not isinstance: to Python JSON's true is an int, and it is no id.
    if type(value) is not int or abs(value) >= BIGINT:
        raise ValueError(value)
    return value


def bounded_float(value: object) -> float:
    """Return ``value`` if it is a finite number."""
    if type(value) not in (int, float):
        raise ValueError(value)
    number = float(cast(float, value))
    if not isfinite(number):
        raise ValueError(value)
    return number


def bounded_text(value: object) -> str:
    """Return ``value`` if it is a string that a text column can hold, of at most 500 characters."""
    if not isinstance(value, str) or len(value) > 500 or "\x00" in value:
        raise ValueError(value)
    # JSON can spell half a surrogate pair, which no database takes: it is refused here.
    value.encode()
    return value


def iso_date(value: object) -> date:
    """Return the date that an ISO string names."""
    return date.fromisoformat(bounded_text(value))


def uuid_text(value: object) -> UUID:
    """Return the UUID that a text names."""
    return UUID(bounded_text(value))


def instant(value: object) -> datetime:
    """Return the time that a text names, in UTC; one without a zone is no time of ours."""
    found = datetime.fromisoformat(bounded_text(value))
    if found.tzinfo is None:
        raise ValueError(value)
    return found.astimezone(UTC)


@dataclass(frozen=True)
class SortOrder:
    """A total order: a non-null ``key`` (of the type that ``parse`` accepts), ties broken by ascending id."""

    name: str
    key: Expression | F
    descending: bool
    parse: Callable[[object], Any]
    parse_id: Callable[[object], Any] = bounded_int

    def encode(self, row: Any) -> str:
        """Return the cursor that stands right after ``row``."""
        key = self.told(row.sort_key)
        pk = str(row.pk) if isinstance(row.pk, UUID) else row.pk
        text = json.dumps([self.name, key, pk], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def told(self, key: Any) -> Any:
        """Return a row's key as a cursor has it, for all to read."""
        return key.isoformat() if isinstance(key, date) else key

    def after(self, cursor: str) -> Q:
        """Return the condition for rows after ``cursor``; raises CursorError on one that we did not make."""
        try:
            # Cursors go without their padding, because an address would escape it.
            padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
            name, key, pk = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
            # In another order the same row stands elsewhere, so the page would begin anywhere.
            if name != self.name:
                raise ValueError(name)
            key, pk = self.parse(key), self.parse_id(pk)
        except MALFORMED as error:
            raise CursorError from error
        return self.beyond(key, pk)

    def beyond(self, key: Any, pk: Any) -> Q:
        """Return the condition for rows after the one with this key and id."""
        beyond = Q(sort_key__lt=key) if self.descending else Q(sort_key__gt=key)
        bound = Q(sort_key__lte=key) if self.descending else Q(sort_key__gte=key)  # where an index can begin
        return bound & (beyond | Q(sort_key=key, pk__gt=pk))


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows, and the cursor of the next page; empty at the end."""

    items: list[Row]
    next: str


class KeysetChain(Generic[Row]):
    """At most ``limit`` rows after ``cursor`` of lists that follow one another, each by an index of its own.

    The orders have one name, and every key of a list comes before those of the next. One query a list, until enough.
    """

    def __init__(self, parts: Sequence[tuple[QuerySet[Row], SortOrder]], *, limit: int, cursor: str = "") -> None:
        self._limit = limit
        self._order = parts[0][1]
        # One row more than a page shows tells whether there is a next one.
        self._statements = [Statement(_ordered(rows, order, cursor)[: limit + 1]) for rows, order in parts]

    def column(self, annotation: str) -> int:
        """Return where in a row an annotation stands."""
        return self._statements[0].column(annotation)

    def read(self) -> Read:
        """Return the rows as they are now, and one more where there are more."""
        read: Read = []
        for statement in self._statements:
            if len(read) <= self._limit:
                read += statement.read()
        return read[: self._limit + 1]

    def page(self, read: Read) -> Page[Row]:
        """Return the page that ``read`` gave. No query."""
        items = self._statements[0].instances(read[: self._limit])
        return Page(items, self._order.encode(items[-1]) if len(read) > self._limit else "")


def page_of(rows: QuerySet[Row], order: SortOrder, *, limit: int, cursor: str = "") -> Page[Row]:
    """Return at most ``limit`` rows after ``cursor``. One query. Raises CursorError."""
    found = list(_ordered(rows, order, cursor)[: limit + 1])
    return Page(found[:limit], order.encode(found[limit - 1]) if len(found) > limit else "")


def _ordered(rows: QuerySet[Row], order: SortOrder, cursor: str) -> QuerySet[Row]:
    ordered = rows.annotate(sort_key=order.key).order_by("-sort_key" if order.descending else "sort_key", "pk")
    return cast("QuerySet[Row]", ordered.filter(order.after(cursor)) if cursor else ordered)
