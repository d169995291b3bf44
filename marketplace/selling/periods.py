"""The stretches of time that a seller looks at its figures by: whole days in UTC, or whole months."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

ONE_DAY = timedelta(days=1)
MOST_DAYS = 92  # that are drawn a bar a day; more are drawn by the month
YEAR = 12  # months


class Period(StrEnum):
    """What can be chosen."""

    WEEK = "7d"
    MONTH = "30d"
    YEAR = "12m"
    ALL = "all"


LABELS: dict[Period, StrOrPromise] = {
    Period.WEEK: _("7 days"),
    Period.MONTH: _("30 days"),
    Period.YEAR: _("12 months"),
    Period.ALL: _("All"),
}
LENGTHS = {Period.WEEK: 7, Period.MONTH: 30}


@dataclass(frozen=True)
class Span:
    """The days from ``first`` through ``last``; ``before`` is the stretch of the same length that ends before it."""

    first: date
    last: date
    by_month: bool = False
    before: tuple[date, date] | None = None

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def is_before(self, day: date) -> bool:
        """Whether a day is in the stretch before."""
        return self.before is not None and self.before[0] <= day <= self.before[1]

    def slots(self) -> list[date]:
        """Return the first day of each bar."""
        return list(self._months() if self.by_month else self._days())

    def slot_of(self, day: date) -> date:
        """Return the bar that a day of the span belongs to."""
        return day.replace(day=1) if self.by_month else day

    def _days(self) -> Iterator[date]:
        for number in range((self.last - self.first).days + 1):
            yield self.first + number * ONE_DAY

    def _months(self) -> Iterator[date]:
        month = self.first.replace(day=1)
        while month <= self.last:
            yield month
            month = months_from(month, 1)


def span_of(period: Period, today: date, earliest: date | None) -> Span:
    """Return the days of a period that ends today; ``earliest`` is the day of the first sale, None without one."""
    if period in LENGTHS:
        length = LENGTHS[period] * ONE_DAY
        first = today - length + ONE_DAY
        return Span(first, today, before=(first - length, first - ONE_DAY))
    if period == Period.YEAR:
        first = months_from(today.replace(day=1), 1 - YEAR)
        return Span(first, today, by_month=True, before=(months_from(first, -YEAR), first - ONE_DAY))
    first = min(earliest or today, today)
    return Span(first, today, by_month=(today - first).days >= MOST_DAYS)


def months_from(month: date, count: int) -> date:
    """Return the first day of the month so many after (below zero: before) one."""
    years, place = divmod(month.year * YEAR + month.month - 1 + count, YEAR)
    return date(years, place + 1, 1)
