"""What the page of an order is made of: steps, what happened last, and transactions by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


@dataclass(frozen=True)
class Step:
    """One line of the stepper; ``state`` is done, now, failed, ended or to-come, the rest is its slice."""

    title: str
    note: str
    state: str
    filled: int = 0
    half: int = 0
    total: int = 1


class Mark(NamedTuple):
    """When something happened on the chain, and in which block."""

    at: datetime
    block: int


class Named(NamedTuple):
    """A transaction of an order, by what it did."""

    title: str
    hash: str
