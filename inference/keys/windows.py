"""The spans that caps are for: a day, a week and a month of UTC, and the whole life of a key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from common.fields import WeiField

from .models import ApiKey, KeyDay


class Cap(models.TextChoices):
    """Spans by the names of their columns."""

    DAY = "cap_day", _("a day")
    WEEK = "cap_week", _("a week")
    MONTH = "cap_month", _("a month")
    TOTAL = "cap_total", _("in all")


SPANS = (Cap.DAY, Cap.WEEK, Cap.MONTH)  # that end
SUMMED = ("spent", "reserved")


@dataclass(frozen=True)
class Window:
    """One cap as it stands: ``used`` was spent or is held by calls that run. ``limit`` None is no cap."""

    cap: Cap
    limit: int | None
    spent: int
    reserved: int
    begins: date | None
    resets_at: datetime | None

    @property
    def used(self) -> int:
        """What cannot be spent any more in this span."""
        return self.spent + self.reserved

    @property
    def left(self) -> int | None:
        """What may still be spent; None where there is no cap. Nothing where the cap was lowered below what was."""
        return None if self.limit is None else max(0, self.limit - self.used)

    @property
    def percent(self) -> int:
        """How much of the cap is spent, in whole percent, at most 100; 0 without a cap."""
        if self.limit is None:
            return 0
        # A cap of nothing is used up from the start.
        return 100 if self.limit == 0 else min(100, self.spent * 100 // self.limit)


def day_of(moment: datetime) -> date:
    """Return the day of UTC on which a moment is."""
    return moment.astimezone(UTC).date()


def begins_of(cap: Cap, day: date) -> date | None:
    """Return the first day of the span around a day; None for the whole life."""
    if cap == Cap.DAY:
        return day
    if cap == Cap.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if cap == Cap.MONTH else None


def resets_of(cap: Cap, day: date) -> datetime | None:
    """Return when the next span begins; None for the whole life."""
    begins = begins_of(cap, day)
    if begins is None:
        return None
    # 31 days after the first of a month is always in the next one, whose first day is meant.
    days = {Cap.DAY: 1, Cap.WEEK: 7, Cap.MONTH: 31}[cap]
    after = begins + timedelta(days=days)
    return datetime.combine(after.replace(day=1) if cap == Cap.MONTH else after, time(), UTC)


def windows_of(key: ApiKey, at: datetime) -> list[Window]:
    """Return all four caps of a key as they stand at a moment. One query."""
    return windows_of_all([key], at)[key]


def windows_of_all(keys: list[ApiKey], at: datetime) -> dict[ApiKey, list[Window]]:
    """Return the caps of several keys. One query."""
    return windows_from(keys, at, sums_of(KeyDay.objects.filter(key__in=keys), at))


def windows_from(keys: Iterable[ApiKey], at: datetime, sums: Iterable[Any]) -> dict[ApiKey, list[Window]]:
    """Return the caps of several keys by the rows of ``sums_of``. No query."""
    found = {pk: dict(zip(_columns(), map(int, row), strict=True)) for pk, *row in sums}
    return {key: list(_windows(key, day_of(at), found.get(key.pk, {}))) for key in keys}


def sums_of(days: QuerySet[KeyDay], at: datetime) -> QuerySet[Any]:
    """Return rows of a key's id, and what of the days was spent and is held in each span around a moment."""
    day = day_of(at)
    sums: dict[str, Sum] = {}
    spans = {cap: begins for cap in SPANS if (begins := begins_of(cap, day))}
    for cap, begins in spans.items():
        for column in SUMMED:
            within = Q(day__gte=begins, day__lte=day)
            sums[_named(column, cap)] = Sum(column, filter=within, output_field=WeiField(), default=0)
    # A week may have begun before its month, so the earliest of the three bounds what is read.
    rows = days.filter(day__gte=min(spans.values()), day__lte=day).values("key").annotate(**sums)
    return rows.order_by().values_list("key", *_columns())


def _columns() -> list[str]:
    return [_named(column, cap) for cap in SPANS for column in SUMMED]


def _named(column: str, cap: Cap) -> str:
    return f"{column}_{cap.name.lower()}"


def _windows(key: ApiKey, day: date, row: Mapping[str, int]) -> Iterator[Window]:
    for cap in Cap:
        limit: int | None = getattr(key, cap.value)
        spent, reserved = (row.get(_named(column, cap), 0) for column in SUMMED)
        if cap == Cap.TOTAL:
            spent, reserved = key.spent, key.reserved
        yield Window(cap, limit, spent, reserved, begins_of(cap, day), resets_of(cap, day))
