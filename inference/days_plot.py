"""Thirty days of one upstream as plots: its first token, its speed and our checks, drawn as a model's last day is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from marketplace.listings.figures import duration
from marketplace.listings.performance import EngineDay
from marketplace.listings.runtime import DAYS
from marketplace.listings.speed_plot import WIDTH, Bar, Line, Scale, scale_of

DAY = WIDTH / DAYS  # units across


@dataclass(frozen=True)
class DaysPlot:
    """The days of an upstream until one, the oldest first. There are at least two.

    ``beside`` are the days of others that it is compared with: all are drawn on one scale.
    """

    days: Sequence[EngineDay]
    until: date
    beside: Sequence[EngineDay] = ()

    @property
    def lines(self) -> list[Line]:
        """The plots: what half of each day's answers reach."""
        kinds: list[tuple[str, str, Callable[[EngineDay], float | None]]] = [
            (_("Time to the first token"), _("ms"), lambda day: day.first_ms),
            (_("Speed"), _("tok/s"), lambda day: day.speed),
        ]
        return [self._line(*kind) for kind in kinds if any(map(kind[2], self.days))]

    @property
    def bars(self) -> list[Bar]:
        """The checks, a bar a day."""
        width = round(0.8 * DAY, 1)
        return [Bar(self._x(each.day), width, each.answered == each.asked) for each in self.days if each.asked]

    @property
    def ticks(self) -> list[tuple[str, str, str]]:
        """The axis of time: where in per cent, which end of the label stands there, and the label."""
        return [("0%", "start", date_format(self._first, "j M")), ("100%", "end", date_format(self.until, "j M"))]

    @property
    def asked(self) -> int:
        """How many checks there were."""
        return sum(each.asked for each in self.days)

    @property
    def answered(self) -> int:
        """How many of them were answered."""
        return sum(each.answered for each in self.days)

    @property
    def has_missed(self) -> bool:
        """Whether on one of the days some were not."""
        return any(not bar.is_whole for bar in self.bars)

    @property
    def day_heads(self) -> list[str]:
        """What the table of days says of each."""
        return [_("First token, p50"), _("Tokens a second"), _("Checks answered"), _("Calls answered")]

    @property
    def day_rows(self) -> list[tuple[date, list[str]]]:
        """The days for their table, the newest first; a dash where nothing was measured."""
        return [(each.day, _told(each)) for each in reversed(self.days)]

    @property
    def sentence(self) -> str:
        """The plots in words."""
        words = {"n": len(self.days), "answered": self.answered, "asked": self.asked}
        said = _("On %(n)s of 30 days something was measured; it answered %(answered)s of %(asked)s checks.") % words
        times = [each.first_ms for each in self.days if each.first_ms is not None]
        if not times:
            return said
        took = _("First token, p50: %(low)s on the best day, %(high)s on the worst.")
        return f"{said} {took % {'low': duration(min(times)), 'high': duration(max(times))}}"

    @property
    def _first(self) -> date:
        return self.until - timedelta(days=DAYS - 1)

    def _x(self, day: date) -> float:
        return round((day - self._first).days * DAY, 1)

    def _line(self, title: str, unit: str, of: Callable[[EngineDay], float | None]) -> Line:
        scale = scale_of([value for value in map(of, [*self.days, *self.beside]) if value is not None])
        return Line(title, unit, list(self._stretches(of, scale)), scale.levels)

    def _stretches(self, of: Callable[[EngineDay], float | None], scale: Scale) -> Iterator[str]:
        """Yield the points of each stretch of days without a gap."""
        measured = [(each.day, value) for each in self.days if (value := of(each)) is not None]
        grouped = groupby(enumerate(measured), lambda each: each[1][0] - timedelta(days=each[0]))
        for _key, run in grouped:
            points = [f"{round(self._x(day) + DAY / 2, 1)},{scale.y(value)}" for _place, (day, value) in run]
            # A line from a point to itself is a dot.
            yield " ".join(points if len(points) > 1 else points * 2)


def _told(each: EngineDay) -> list[str]:
    first = "–" if each.first_ms is None else duration(each.first_ms)
    speed = "–" if each.speed is None else number_format(each.speed, 1)
    return [first, speed, f"{each.answered}/{each.asked}", f"{each.succeeded}/{each.calls}"]


def days_plot(days: Sequence[EngineDay], until: date) -> DaysPlot | None:
    """Return the plots of an upstream's days; None where there are not two of them within thirty days."""
    first = until - timedelta(days=DAYS - 1)
    shown = [each for each in days if first <= each.day <= until]
    return DaysPlot(shown, until) if len(shown) > 1 else None
