"""The transactions that the demo's histories are made of, and how several histories become one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from contracts.names import DAY

DAYS = 60  # that the demo's chain is old when the demo opens


@dataclass(frozen=True)
class Step:
    """One transaction: when (seconds since 1970), by which of anvil's accounts, what."""

    time: int
    sender: int
    contract: str
    function: str
    args: tuple[Any, ...] = ()
    value: int = 0


def spread(steps: Iterable[Step], taken: set[int]) -> list[Step]:
    """Move each step to the next second that nothing has taken, and take it."""
    placed = []
    for step in steps:
        time = next(time for time in count(step.time) if time not in taken)
        taken.add(time)
        placed.append(replace(step, time=time))
    return placed


def merged(*histories: Iterable[Step]) -> list[Step]:
    """Return the steps of all histories by their time, no two in a second; those of the first stay where they are."""
    taken: set[int] = set()
    placed = [step for history in histories for step in spread(history, taken)]
    return sorted(placed, key=lambda step: step.time)


def end_of(start: int) -> int:
    """Return when a demo whose chain began at ``start`` is first open; both in seconds since 1970."""
    return start + DAYS * DAY
