"""How fast and how reliably a listing has answered, as two plots on one axis of time and the table behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import dropwhile, groupby
from math import floor, log10

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from .figures import duration
from .runtime import SAMPLE, ListingRuntime, RuntimeSample

SHOWN = timedelta(days=1)
LEAST = timedelta(hours=1)  # that the axis of time is long, however young the measurements are
WIDTH, TOP, HEIGHT = 1_000, 22, 84  # of a drawing: units across, and CSS pixels
MOST_LINES = 3  # of a scale, above zero


@dataclass(frozen=True)
class Level:
    """A line of a scale: its label, and where it stands in CSS pixels from the top."""

    label: str
    y: float

    @property
    def label_y(self) -> float:
        """Where the label's letters stand."""
        return self.y + 4


@dataclass(frozen=True)
class Line:
    """What was measured of one kind: the points of each stretch without a gap, and the scale beside them."""

    title: str
    unit: str
    stretches: list[str]
    levels: list[Level]

    @property
    def areas(self) -> list[str]:
        """What lies between each stretch and zero, as points of a polygon."""
        zero = self.levels[0].y
        ends = ((points, points.split(" ")[0], points.split(" ")[-1]) for points in self.stretches)
        return [f"{_x_of(first)},{zero} {points} {_x_of(last)},{zero}" for points, first, last in ends]

    @property
    def last(self) -> str:
        """A path that is a dot where the latest measurement stands: a line from a point to itself."""
        point = self.stretches[-1].split(" ")[-1].replace(",", " ")
        return f"M{point}L{point}"


@dataclass(frozen=True)
class Bar:
    """Checks that went alike, one after another: from where to where in units across, and whether all were answered."""

    x: float
    width: float
    is_whole: bool


@dataclass(frozen=True)
class SpeedPlot:
    """At most a day of samples, oldest first. There are at least two.

    ``counted`` are the checks that were answered and made in the last day, as the head of the page has them: the last
    of them are in no sample yet.
    """

    samples: Sequence[RuntimeSample]
    counted: tuple[int, int] | None = None

    @property
    def begin(self) -> datetime:
        """Where the axis of time begins."""
        return min(self.samples[0].at, self.end - LEAST)

    @property
    def end(self) -> datetime:
        """Where it ends."""
        return self.samples[-1].at + SAMPLE

    @cached_property
    def lines(self) -> list[Line]:
        """The plots: times to the first token, and for what writes, tokens a second."""
        kinds: list[tuple[str, str, Callable[[RuntimeSample], float | None]]] = [
            (_("Time to the first token"), _("ms"), lambda sample: sample.first_token_ms),
            (_("Speed"), _("tok/s"), lambda sample: sample.tokens_per_second),
        ]
        return [self._line(title, unit, of) for title, unit, of in kinds if any(map(of, self.samples))]

    @property
    def bars(self) -> list[Bar]:
        """The checks, as stretches that went alike."""
        checked = [sample for sample in self.samples if sample.asked]
        return [_bar(run, self._x) for run in _runs(checked, lambda sample: sample.answered == sample.asked)]

    @property
    def ticks(self) -> list[tuple[str, str, str]]:
        """The axis of time: where in per cent, which end of the label stands there, and the label."""
        middle = self.begin + (self.end - self.begin) / 2
        return [("0%", "start", _time(self.begin)), ("50%", "middle", _time(middle)), ("100%", "end", _time(self.end))]

    @property
    def asked(self) -> int:
        """How many checks there were."""
        return self.counted[1] if self.counted else sum(sample.asked for sample in self.samples)

    @property
    def answered(self) -> int:
        """How many of them were answered."""
        return self.counted[0] if self.counted else sum(sample.answered for sample in self.samples)

    @property
    def has_missed(self) -> bool:
        """Whether there is a stretch in which some were not."""
        return any(not bar.is_whole for bar in self.bars)

    @property
    def sentence(self) -> str:
        """The plots in words."""
        times = [sample.first_token_ms for sample in self.samples if sample.first_token_ms is not None]
        words = {"begin": _time(self.begin), "end": _time(self.end), "answered": self.answered, "asked": self.asked}
        said = _("From %(begin)s to %(end)s UTC it answered %(answered)s of %(asked)s checks.")
        if self.counted:
            said = _("It answered %(answered)s of %(asked)s checks in the last day, drawn until %(end)s UTC.")
        said %= words
        if not times:
            return said
        took = _("Its first token took %(low)s to %(high)s, the median of ten minutes each.")
        return f"{said} {took % {'low': duration(min(times)), 'high': duration(max(times))}}"

    def _x(self, moment: datetime) -> float:
        return round((moment - self.begin) / (self.end - self.begin) * WIDTH, 1)

    def _line(self, title: str, unit: str, of: Callable[[RuntimeSample], float | None]) -> Line:
        scale = scale_of([value for value in map(of, self.samples) if value is not None])
        measured = [sample for sample in self.samples if of(sample) is not None]
        stretches = [" ".join(self._points(run, of, scale.y)) for run in _runs(measured, lambda sample: True)]
        return Line(title, unit, stretches, scale.levels)

    def _points(
        self, run: Sequence[RuntimeSample], of: Callable[[RuntimeSample], float | None], y: Callable[[float], float]
    ) -> Iterator[str]:
        for sample in run:
            yield f"{self._x(sample.at + SAMPLE / 2)},{y(of(sample) or 0)}"
        # A line from a point to itself is a dot.
        if len(run) == 1:
            yield f"{self._x(run[0].at + SAMPLE / 2)},{y(of(run[0]) or 0)}"


def speed_plot(listing_id: int, runtime: ListingRuntime | None = None) -> SpeedPlot | None:
    """Return the plot of a listing's last day; None where there are not two measurements yet. One query.

    With its ``runtime`` the checks are counted as there.
    """
    samples = list(RuntimeSample.objects.filter(listing=listing_id).order_by("-at")[: SHOWN // SAMPLE])[::-1]
    recent = [sample for sample in samples if sample.at > samples[-1].at - SHOWN]
    if len(samples) < SHOWN // SAMPLE:
        # All there are: before its first answer an engine was being installed, and not down.
        recent = list(dropwhile(lambda sample: not sample.answered and sample.first_token_ms is None, recent)) or recent
    counted = (runtime.answered, runtime.asked) if runtime and runtime.asked else None
    return SpeedPlot(recent, counted) if len(recent) > 1 else None


@dataclass(frozen=True)
class Scale:
    """A scale from zero to ``count`` steps."""

    step: float
    count: int

    def y(self, value: float) -> float:
        """Where a value stands, in CSS pixels from the top."""
        return round(TOP + HEIGHT * (1 - value / (self.count * self.step)), 1)

    @property
    def levels(self) -> list[Level]:
        """Its lines."""
        marks = [self.step * number for number in range(self.count + 1)]
        return [Level(plain(mark), self.y(mark)) for mark in marks]


def scale_of(values: Sequence[float]) -> Scale:
    """Return the scale on which all of these stand."""
    step = step_of(max(values))
    return Scale(step, next(n for n in range(1, MOST_LINES + 2) if all(value <= n * step for value in values)))


def _x_of(point: str) -> str:
    return point.partition(",")[0]


def _runs(samples: Sequence[RuntimeSample], like: Callable[[RuntimeSample], bool]) -> list[list[RuntimeSample]]:
    """Return stretches of samples that follow each other without a gap and are alike."""
    places = enumerate(samples)
    # Where none is missing, the time less so many samples stays the same.
    grouped = groupby(places, lambda each: (each[1].at - each[0] * SAMPLE, like(each[1])))
    return [[sample for _place, sample in group] for _key, group in grouped]


def _bar(run: Sequence[RuntimeSample], x: Callable[[datetime], float]) -> Bar:
    left = x(run[0].at)
    return Bar(left, round(x(run[-1].at + SAMPLE) - left, 1), run[0].answered == run[0].asked)


def step_of(most: float) -> float:
    """Return the smallest of 1, 2 or 5 times a power of ten of which three reach as high."""
    least = most / MOST_LINES or 1.0
    power: float = 10.0 ** floor(log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))


def plain(mark: float) -> str:
    """Write a mark of a scale."""
    return number_format(float(f"{mark:.6g}"), 0 if float(mark).is_integer() else 1, force_grouping=True)


def _time(moment: datetime) -> str:
    return date_format(moment, "j M, H:i")
