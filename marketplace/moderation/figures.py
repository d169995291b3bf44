"""How moderation goes: what waits, how long decisions take, and how many of them do not stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from marketplace.ground.decisions import LIMITING, Action, Category

LOOKED_BACK = timedelta(days=90)
MONTHS = 24  # of the public table
AGES: Sequence[tuple[StrOrPromise, timedelta]] = (
    (_("less than an hour"), timedelta(hours=1)),
    (_("an hour to a day"), timedelta(days=1)),
    (_("a day to three"), timedelta(days=3)),
    (_("three days to a week"), timedelta(days=7)),
    (_("longer than a week"), timedelta(days=100_000)),
)

OPEN = """
select width_bucket(extract(epoch from now() - opened_at), %(bounds)s::numeric[]) as place, priority, count(*)
from marketplace_case where closed_at is null group by 1, 2
"""
DECIDED = """
select category, count(*),
    coalesce(percentile_cont(0.5) within group (order by extract(epoch from closed_at - opened_at)), 0),
    coalesce(percentile_cont(0.95) within group (order by extract(epoch from closed_at - opened_at)), 0),
    grouping(category)
from marketplace_case where closed_at > %(since)s group by grouping sets ((category), ())
"""
STANDING = """
select made.category, count(*), count(undone.id) filter (where appealed.appealed_id is not null),
    count(undone.id) filter (where appealed.appealed_id is null and not undone.automated), grouping(made.category)
from marketplace_moderationdecision made
left join marketplace_moderationdecision undone on undone.undoes_id = made.id
left join marketplace_case appealed on appealed.id = undone.case_id
where made.made_at > %(since)s and made.action = any(%(limiting)s)
group by grouping sets ((made.category), ())
"""
MONTHLY = """
select date_trunc('month', made.made_at at time zone 'UTC')::date as month, made.action, made.category,
    count(*) as decisions, count(*) filter (where made.automated) as automated,
    count(*) filter (where made.confirmed_by <> '') as by_two,
    count(*) filter (where case_.source = 'notice') as notices,
    count(*) filter (where case_.appealed_id is not null) as on_appeal,
    count(undone.id) filter (where again.appealed_id is not null) as overturned,
    coalesce(round((percentile_cont(0.5) within group (order by extract(epoch from made.made_at - case_.opened_at))
        / 3600)::numeric, 1), 0) as median_hours
from marketplace_moderationdecision made
left join marketplace_case case_ on case_.id = made.case_id
left join marketplace_moderationdecision undone on undone.undoes_id = made.id
left join marketplace_case again on again.id = undone.case_id
where made.made_at >= %(since)s group by 1, 2, 3 order by 1 desc, 2, 3
"""


@dataclass(frozen=True)
class Waiting:
    """How many open cases are of an age, by how urgent they are."""

    age: StrOrPromise
    high: int
    medium: int
    low: int

    @property
    def all(self) -> int:
        """However urgent."""
        return self.high + self.medium + self.low


@dataclass(frozen=True)
class Decided:
    """The cases of a category that were closed of late. ``median`` and ``slow`` (p95) are in seconds."""

    category: str
    cases: int
    median: float
    slow: float
    limited: int
    overturned: int
    undone: int

    @property
    def label(self) -> StrOrPromise:
        """The category in words."""
        return Category(self.category).label if self.category else _("Without a category")


@dataclass(frozen=True)
class Figures:
    """All of it; ``whole`` is every category together."""

    waiting: list[Waiting]
    whole: Decided
    decided: list[Decided]


@dataclass(frozen=True)
class Month:
    """What was decided in a month, of one action and category."""

    month: date
    action: str
    category: str
    decisions: int
    automated: int
    by_two: int
    notices: int
    on_appeal: int
    overturned: int
    median_hours: float

    @property
    def said(self) -> str:
        """Action and category in words."""
        category = f", {str(Category(self.category).label).lower()}" if self.category else ""
        return f"{Action(self.action).label}{category}"


COLUMNS = tuple(each.name for each in fields(Month))


def figures() -> Figures:
    """Return how it goes. Three queries."""
    since = timezone.now() - LOOKED_BACK
    standing = _by_category(_rows(STANDING, since=since, limiting=[str(each) for each in LIMITING]))
    found = _by_category(_rows(DECIDED, since=since))
    nothing = (0, 0.0, 0.0)
    decided = {
        name: Decided(name or "", *found.get(name, nothing), *standing.get(name, (0, 0, 0)))
        for name in {None, *found, *standing}
    }
    parts = [each for name, each in decided.items() if name is not None]
    return Figures(_waiting(), decided[None], sorted(parts, key=lambda each: -each.cases))


def months() -> list[Month]:
    """Return what was decided, by month, the last first. One query."""
    today = timezone.now().date()
    since = date(today.year - MONTHS // 12, today.month, 1)
    return [Month(*row) for row in _rows(MONTHLY, since=since)]


def _waiting() -> list[Waiting]:
    bounds = [0.0, *(age.total_seconds() for _name, age in AGES[:-1])]
    counted: dict[tuple[int, int], int] = {}
    for place, priority, count in _rows(OPEN, bounds=bounds):
        # A clock that is behind makes an age below zero.
        at = (max(place, 1), priority)
        counted[at] = counted.get(at, 0) + count
    return [
        Waiting(name, *(counted.get((place, priority), 0) for priority in (3, 2, 1)))
        for place, (name, _age) in enumerate(AGES, start=1)
    ]


def _by_category(rows: list[tuple[Any, ...]]) -> dict[str | None, tuple[Any, ...]]:
    """Return rows by their category, that of all together by None: the last column tells them apart."""
    return {None if is_whole else category: tuple(rest) for category, *rest, is_whole in rows}


def _rows(statement: str, **given: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return list(cursor.fetchall())
