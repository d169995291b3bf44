"""A small drawing of how a number went: steps from its first day to now, and where it stands between its bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .changes import Change

WIDTH, HEIGHT, EDGE = 220.0, 56.0, 4.0  # of the drawing, in its own units


@dataclass(frozen=True)
class StepPlot:
    """The line as an SVG path, where each change stands, and the end of the line."""

    path: str
    dots: list[tuple[float, float]]


def step_plot(changes: Sequence[Change], now: datetime) -> StepPlot | None:
    """Return the drawing of a number that changed since it was first set; None for one that did not."""
    first = changes[0].time if changes else now
    if len({each.new for each in changes}) < 2 or now <= first:
        return None
    low, high = min(each.new for each in changes), max(each.new for each in changes)
    whole = (now - first).total_seconds()
    points = [(_x((each.time - first).total_seconds() / whole), _y(each.new, low, high)) for each in changes]
    path = f"M{points[0][0]} {points[0][1]}" + "".join(f"H{x}V{y}" for x, y in points[1:]) + f"H{_x(1)}"
    return StepPlot(path, [*points[1:], (_x(1), points[-1][1])])


def _x(part: float) -> float:
    return round(EDGE + (WIDTH - 2 * EDGE) * min(1.0, max(0.0, part)), 1)


def _y(value: int, low: int, high: int) -> float:
    return round(EDGE + (HEIGHT - 2 * EDGE) * (high - value) / (high - low), 1)
