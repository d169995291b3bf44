"""How well each version of a listing has run in thirty days. ``inference`` writes it; the catalogue shows it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import models
from django.db.models import F, Q

from .runtime import ENOUGH

WHOLE = 1_000  # of a rating: tenths of a point, so 873 is written 87.3 of 100
FORMULA = "performance"  # its name among the formulas


class Day(NamedTuple):
    """What one day, in UTC, has counted: our checks, and real calls that ended."""

    day: date
    asked: int
    answered: int
    calls: int
    succeeded: int


class EngineDay(NamedTuple):
    """What one day has counted of one engine: as ``Day``, and what half of its answers reach, of how many."""

    day: date
    asked: int
    answered: int
    calls: int
    succeeded: int
    measured: int
    first_p50_ms: int | None
    written: int
    speed_p50: int | None

    @property
    def first_ms(self) -> int | None:
        """Milliseconds to the first token, None where too few were measured."""
        return self.first_p50_ms if self.measured >= ENOUGH else None

    @property
    def speed(self) -> float | None:
        """Tokens a second, None where too few were measured."""
        return self.speed_p50 / 1_000 if self.speed_p50 and self.written >= ENOUGH else None


class PerformanceQuerySet(models.QuerySet["Performance"]):
    """Reads of performances."""

    def of(self, listing_id: int) -> PerformanceQuerySet:
        """Return those of a listing, what answered last first."""
        return self.filter(listing=listing_id).order_by(F("last_at").desc(nulls_last=True), "-pk")


class Performance(models.Model):
    """What was measured of one version on one engine from ``since`` to ``until``, of checks and of real calls.

    ``version`` is empty where its owner had published none. Of ``asked`` checks ``answered`` were answered, and of
    ``calls`` that ended ``succeeded`` did. Times are of ``measured`` answers: milliseconds to the first token, and
    thousandths of tokens a second that half and 95 in 100 of ``written`` answers reach. ``rating`` is in tenths of a
    point, None below the least number of measurements; ``parts`` are what it is made of, as ``inference`` writes them:
    ``name``, ``points`` in millionths, ``weight``. ``days`` hold what each day counted, as ``EngineDay``.
    ``last_at`` is when it was measured last.
    """

    listing = models.ForeignKey("marketplace.Listing", on_delete=models.CASCADE, related_name="+")
    version = models.CharField(max_length=32, blank=True)
    engine = models.CharField(max_length=32)
    since = models.DateTimeField()
    until = models.DateTimeField()
    last_at = models.DateTimeField(null=True)
    asked = models.PositiveIntegerField()
    answered = models.PositiveIntegerField()
    calls = models.PositiveIntegerField()
    succeeded = models.PositiveIntegerField()
    measured = models.PositiveIntegerField()
    first_p50_ms = models.PositiveIntegerField(null=True)
    first_p95_ms = models.PositiveIntegerField(null=True)
    written = models.PositiveIntegerField()
    speed_p50 = models.PositiveBigIntegerField(null=True)
    speed_p95 = models.PositiveBigIntegerField(null=True)
    days = models.JSONField(default=list)
    rating = models.PositiveSmallIntegerField(null=True)
    parts = models.JSONField(default=list)
    formula = models.PositiveIntegerField()

    objects = PerformanceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["listing", "version", "engine"], name="performance_once"),
            models.CheckConstraint(
                condition=Q(
                    answered__lte=F("asked"), succeeded__lte=F("calls"), measured__lte=F("answered") + F("calls")
                ),
                name="performance_counts",
            ),
            models.CheckConstraint(condition=Q(rating=None) | Q(rating__lte=WHOLE), name="performance_rating"),
        ]

    def __str__(self) -> str:
        return f"{self.listing_id} {self.version} {self.engine}: {self.rating}"

    @property
    def is_sellers(self) -> bool:
        """Whether a server of the seller's answered, which has no name for others."""
        return self.engine.startswith("seller-")

    @property
    def is_enough(self) -> bool:
        """Whether enough answers were measured for its times to be shown."""
        return self.measured >= ENOUGH

    @property
    def uptime(self) -> float | None:
        """The share of checks that were answered, None where too few were made for one."""
        return self.answered / self.asked if self.asked >= ENOUGH else None

    @property
    def success(self) -> float | None:
        """The share of calls that succeeded, None where too few were made for one."""
        return self.succeeded / self.calls if self.calls >= ENOUGH else None

    @property
    def points(self) -> float | None:
        """The rating from 0 to 100, None where there is none."""
        return None if self.rating is None else self.rating / 10


def days_of(some: Sequence[Performance]) -> list[Day]:
    """Return what each day has counted over all versions, the oldest first.

    The versions that follow each other add up; of several engines at one time the checks of each count.
    """
    sums: dict[str, list[int]] = {}
    rows: list[list[Any]] = [row for each in some for row in each.days]
    for day, *counts in rows:
        sums[day] = [one + two for one, two in zip(sums.get(day, [0] * 4), counts[:4], strict=True)]
    return [Day(date.fromisoformat(day), *sums[day]) for day in sorted(sums)]


def engine_days(some: Sequence[Performance]) -> list[EngineDay]:
    """Return what each day has counted of one engine, the oldest first.

    On the day of a release two versions add up, and the times are of the one that more was measured of.
    """
    found: dict[str, list[Any]] = {}
    for day, *told in (row for each in some for row in each.days):
        counts, own = told[:4], (told[4:] if len(told) > 4 else [0, None, 0, None])
        before = found.get(day)
        if before is None:
            found[day] = [*counts, *own]
            continue
        sums = [one + two for one, two in zip(before[:4], counts, strict=True)]
        found[day] = [*sums, *max(before[4:6], own[:2], key=_many), *max(before[6:], own[2:], key=_many)]
    return [EngineDay(date.fromisoformat(day), *found[day]) for day in sorted(found)]


def _many(measured: Sequence[Any]) -> int:
    return int(measured[0])
