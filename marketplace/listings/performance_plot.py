"""How a listing's thirty days are shown: its rating with its parts, its versions, and a plot of days with its table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from functools import cached_property

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from .figures import duration, share, speed
from .performance import Day, Performance, days_of
from .runtime import DAYS, ENOUGH

HEIGHT, LEAST = 64, 2.0  # CSS pixels of a whole bar, and of what went wrong
SEGMENTS = 8


@dataclass(frozen=True)
class PartShown:
    """One part of a rating: what it is, what was measured, its points of a hundred, and its weight in per cent."""

    label: str
    said: str
    points: str
    weight: int


@dataclass(frozen=True)
class DayBar:
    """A day as a bar: where it stands and how wide it is in per cent; what went wrong is ``missed`` pixels on top."""

    x: float
    width: float
    missed: float

    @property
    def height(self) -> float:
        """How high what went well is, in CSS pixels."""
        return round(HEIGHT - self.missed, 1)


@dataclass(frozen=True)
class DayLine:
    """The bars of one kind, and what they add up to."""

    title: str
    bars: list[DayBar]


def points(tenths: int) -> str:
    """Write tenths of a point in the same way everywhere: 873 → "87.3"."""
    return number_format(tenths / 10, 1)


@dataclass(frozen=True)
class PerformanceShown:
    """The performances of a listing, what answered last first. There is at least one."""

    rows: Sequence[Performance]

    @property
    def current(self) -> Performance:
        """The one that the page is about: of what answered last."""
        return self.rows[0]

    @property
    def rating(self) -> str:
        """Its rating; empty where there is none."""
        return "" if self.current.rating is None else points(self.current.rating)

    @property
    def filled(self) -> int:
        """How many segments of its slice are filled."""
        return (self.current.rating or 0) * SEGMENTS // 1_000

    @property
    def missing(self) -> str:
        """Why there is no rating; empty where there is one."""
        if self.current.rating is not None:
            return ""
        words = {"least": ENOUGH, "measured": self.current.measured, "asked": self.current.asked}
        return (
            _(
                "No rating yet: it needs %(least)s measured answers and %(least)s checks, and there are %(measured)s "
                "and %(asked)s."
            )
            % words
        )

    @property
    def basis(self) -> str:
        """Of how much it is made, and until when."""
        row = self.current
        words = {
            "measured": intcomma(row.measured),
            "asked": intcomma(row.asked),
            "calls": intcomma(row.calls),
            "until": date_format(row.until.astimezone(UTC), "j M Y, H:i"),
        }
        return (
            _("%(measured)s measured answers, %(asked)s checks and %(calls)s calls in the 30 days to %(until)s UTC.")
            % words
        )

    @property
    def parts(self) -> list[PartShown]:
        """What the rating is made of."""
        row, whole = self.current, sum(part["weight"] for part in self.current.parts) or 1
        rates = {"p50": speed((row.speed_p50 or 0) / 1_000), "p95": speed((row.speed_p95 or 0) / 1_000)}
        said = {
            "first": (_("First token"), _("half came within %(p50)s") % {"p50": duration(row.first_p50_ms)}),
            "slow": (_("Slow first tokens"), _("95 of 100 came within %(p95)s") % {"p95": duration(row.first_p95_ms)}),
            "speed": (_("Speed"), _("%(p50)s tokens a second; 95 of 100 answers reached %(p95)s") % rates),
            "success": (_("Calls answered"), _of(row.succeeded, row.calls)),
            "uptime": (_("Checks answered"), _of(row.answered, row.asked)),
        }
        return [
            PartShown(*said[part["name"]], points(part["points"] // 1_000), round(100 * part["weight"] / whole))
            for part in row.parts
        ]

    @cached_property
    def days(self) -> list[Day]:
        """What each day has counted, over all versions."""
        return days_of(self.rows)

    @property
    def day_heads(self) -> list[str]:
        """What the table of days says of each."""
        return [_("Checks"), _("Uptime"), _("Calls"), _("Success")]

    @property
    def day_rows(self) -> list[tuple[date, list[str]]]:
        """The days for their table, the newest first, with both shares in words."""
        return [(day.day, [*_counted(day.answered, day.asked), *_counted(day.succeeded, day.calls)])
                for day in reversed(self.days)]  # fmt: skip

    @property
    def lines(self) -> list[DayLine]:
        """The plots: our checks, and real calls where there were some."""
        kinds = [
            (_("Our checks"), [(day.day, day.answered, day.asked) for day in self.days]),
            (_("Real calls"), [(day.day, day.succeeded, day.calls) for day in self.days]),
        ]
        return [
            DayLine(_summed(title, some), list(self._bars(some)))
            for title, some in kinds
            if any(whole for _day, _part, whole in some)
        ]

    @property
    def ticks(self) -> list[tuple[str, str, str]]:
        """The axis of time: where in per cent, which end of the label stands there, and the label."""
        return [("0%", "start", date_format(self._first, "j M")), ("100%", "end", date_format(self._last, "j M"))]

    @property
    def sentence(self) -> str:
        """The plots in words."""
        words = {
            "n": len(self.days),
            "answered": intcomma(sum(day.answered for day in self.days)),
            "asked": intcomma(sum(day.asked for day in self.days)),
            "succeeded": intcomma(sum(day.succeeded for day in self.days)),
            "calls": intcomma(sum(day.calls for day in self.days)),
        }
        return (
            _(
                "On %(n)s of the last 30 days something was measured: %(answered)s of %(asked)s checks and "
                "%(succeeded)s of %(calls)s calls were answered."
            )
            % words
        )

    @property
    def _last(self) -> date:
        return self.current.until.astimezone(UTC).date()

    @property
    def _first(self) -> date:
        return self._last - timedelta(days=DAYS - 1)

    def _bars(self, some: Sequence[tuple[date, int, int]]) -> Iterator[DayBar]:
        for day, part, whole in some:
            place = (day - self._first).days
            # The window begins at a time of day, so its first one may lie before the axis.
            if whole and place >= 0:
                # One of many is to be seen as well.
                missed = max(LEAST, round(HEIGHT * (whole - part) / whole, 1)) if part < whole else 0.0
                yield DayBar(round(100 * place / DAYS, 3), round(80 / DAYS, 3), missed)


def performance_shown(listing_id: int) -> PerformanceShown | None:
    """Return how a listing's thirty days are shown; None where nothing was measured. One query."""
    rows = list(Performance.objects.of(listing_id))
    return PerformanceShown(rows) if rows else None


def _counted(part: int, whole: int) -> list[str]:
    return [f"{part}/{whole}", share(_share(part, whole))]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _of(part: int, whole: int) -> str:
    return _("%(part)s of %(whole)s") % {"part": intcomma(part), "whole": intcomma(whole)}


def _summed(title: str, some: Sequence[tuple[date, int, int]]) -> str:
    words = {"title": title, "of": _of(sum(day[1] for day in some), sum(day[2] for day in some))}
    return _("%(title)s, %(of)s answered") % words
