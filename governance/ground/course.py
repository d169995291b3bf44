"""The course of an amount over time, drawn in steps: it holds from one change to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.formats import date_format

from common.templatetags.look import compact
from marketplace.selling.sales_plot import nice_step

from .lattice import ONE

TOP, HEIGHT = 10.0, 140.0  # CSS pixels from the top line to zero
PLACES = (0, 1 / 3, 2 / 3, 1)  # of the days that are named along the foot


@dataclass(frozen=True)
class Line:
    """A line of the scale, with its label."""

    value: int
    y: float
    label: str

    @property
    def label_y(self) -> float:
        """Where the foot of its label stands, so that the line meets the middle of the digits."""
        return round(self.y + 4, 2)


@dataclass(frozen=True)
class Stretch:
    """From one change to the next: x and width in per cent, y in pixels, ``height`` down to zero, ``rise`` to the next
    one's y."""

    x: float
    width: float
    y: float
    height: float
    rise: float

    @property
    def end(self) -> float:
        """Where the next one begins."""
        return round(self.x + self.width, 3)


@dataclass(frozen=True)
class Course:
    """What is drawn; ``rows`` are the changes, the newest first."""

    stretches: list[Stretch]
    scale: list[Line]
    days: list[tuple[float, str]]
    rows: list[tuple[datetime, int]]


def course_of(changes: Sequence[tuple[datetime, int]], start: datetime, end: datetime) -> Course:
    """Return the course of an amount of LATTICE from ``start`` to ``end``, which are apart.

    ``changes`` are its values and since when they hold, the oldest first; before the first it is nothing.
    """
    span = max(end - start, timedelta(seconds=1))
    scale = scale_of(max((value for _, value in changes), default=0))
    top = scale[-1].value
    drawn = [(max(start, time), value) for time, value in changes if time <= end]
    return Course(_stretches(drawn, start, end, top), scale, _days(start, span), list(reversed(changes)))


def scale_of(most: int) -> list[Line]:
    """Return the lines of a scale of LATTICE from zero to a round number that is not below ``most``."""
    whole = -(-most // ONE)
    step = nice_step(whole)
    count = -(-whole // step) if step else 0
    marks = [place * step * ONE for place in range(count + 1)]
    return [Line(mark, _y(mark, marks[-1]), compact(mark // ONE)) for mark in marks]


def _stretches(drawn: Sequence[tuple[datetime, int]], start: datetime, end: datetime, top: int) -> list[Stretch]:
    made = []
    for place, (time, value) in enumerate(drawn):
        following = drawn[place + 1] if place + 1 < len(drawn) else (end, value)
        if following[0] == time and place + 1 < len(drawn):
            continue  # a later change of the same moment holds
        x, until = (100 * ((each - start) / (end - start)) for each in (time, following[0]))
        y = _y(value, top)
        made.append(Stretch(round(x, 3), round(until - x, 3), y, round(TOP + HEIGHT - y, 2), _y(following[1], top)))
    return made


def _days(start: datetime, span: timedelta) -> list[tuple[float, str]]:
    return [(round(100 * place, 2), date_format(start + span * place, "j M")) for place in PLACES]


def _y(value: int, top: int) -> float:
    return round(TOP + HEIGHT * (1 - value / top), 2) if top else TOP + HEIGHT
