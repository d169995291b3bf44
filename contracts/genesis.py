"""LATTICE at its beginning, as the one file says that everybody can review: ``genesis.json``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .names import CLAIM, DAY, FAUCET

FILE = Path(__file__).parent / "genesis.json"


@dataclass(frozen=True)
class Allocation:
    """Who holds how much of LATTICE from the beginning, in its smallest unit; ``days`` are its times by name."""

    holder: str
    purpose: str
    amount: int
    days: Mapping[str, int]

    def seconds(self, name: str) -> int:
        """Return how long a part of it lasts: ``vestingDays``, ``cliffDays`` or ``claimDays``."""
        return self.days[name] * DAY


def allocations() -> dict[str, Allocation]:
    """Return the allocations by their holder, a contract of ours."""
    return {each.holder: each for each in map(_allocation, _file()["allocations"])}


def genesis(at: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """Yield each holder's address and amount. Where a faucet gives the early users' part away, it holds that part."""
    for holder, allocation in allocations().items():
        yield at[FAUCET if holder == CLAIM and FAUCET in at else holder], allocation.amount


def unvotable(at: Mapping[str, str]) -> list[str]:
    """Return the addresses of our contracts whose LATTICE never votes."""
    return [at[name] for name in _file()["unvotable"] if name in at]


def _allocation(row: Mapping[str, Any]) -> Allocation:
    days = {name: value for name, value in row.items() if name.endswith("Days")}
    return Allocation(row["holder"], row["purpose"], int(row["amount"]), days)


@cache
def _file() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(FILE.read_text())
    return loaded
