"""How long a stake that is taken back stays locked: as LatticeStaking reckons it from the DAO's settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Subquery

from contracts.names import DAY
from governance.onchain.models.settings import SettingFact

# Each by the event that says it: a vote from its making to its execution.
PARTS = ("VotingDelaySet", "VotingPeriodSet", "LateQuorumVoteExtensionSet", "MinDelayChange")
MOST_SEGMENTS = 14  # of the slice


def settings_of_cooldown() -> dict[str, Any]:
    """Return the settings that a cooldown is made of, as SQL of the chain's row."""
    return {f"cooldown_{name}": _last(name) for name in PARTS}


def cooldown_of(read: Mapping[str, Any]) -> timedelta | None:
    """Return the cooldown of what is taken back now; None before the DAO's settings are indexed."""
    parts = [read[f"cooldown_{name}"] for name in PARTS]
    if any(part is None for part in parts):
        return None
    return timedelta(seconds=sum(map(int, parts)) + DAY)


def _last(name: str) -> Subquery:
    changes = SettingFact.objects.filter(chain=OuterRef("pk"), name=name)
    return Subquery(changes.order_by("-block_number", "-log_index").values("new_value")[:1])


@dataclass(frozen=True)
class Cooling:
    """How far a cooldown is that ends at ``free_at``, as of ``now``; it began ``lasts`` before."""

    free_at: datetime
    now: datetime
    lasts: timedelta

    @property
    def is_over(self) -> bool:
        """Whether it can be withdrawn."""
        return self.now >= self.free_at

    @property
    def days(self) -> int:
        """Of how many days it is made, at most as many as a slice shows."""
        return max(1, min(MOST_SEGMENTS, round(self.lasts / timedelta(days=1))))

    @property
    def passed(self) -> int:
        """How many of them are over."""
        left = max(timedelta(0), self.free_at - self.now)
        return self.days - min(self.days, -(-left // (self.lasts / self.days)))
