"""Stakes for programs: what the page shows, as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from accounts.addresses import checksum, parse_address
from common.access import public_api
from governance.ground.home import home_chain, now_on
from governance.onchain.holdings import Holding

from .page import staking_of
from .weeks import MEASURE, Week

router = Router(tags=["Governance"])


class WeekItem(Schema):
    """A week of the stream of rewards; amounts are wei, as decimal strings."""

    start: datetime
    planned: str = Field(description="What there was to stream.")
    per_1000_lattice: str = Field(description="What 1,000 LATTICE earned that was staked all the week.")
    own: str = Field(description="What this address earned.")
    running: bool = Field(description="Not over yet: the figures are as of `time`.")


class StakingOut(Schema):
    """An address's stake, and the stream; LATTICE in its smallest unit, rewards in wei, as decimal strings."""

    address: str
    staked: str
    leaving: str = Field(description="Taken back, and locked until it is withdrawn.")
    free_at: datetime | None = Field(description="From when on what is leaving can be withdrawn.")
    free: str = Field(description="Not locked, so it can be staked.")
    claimable: str
    claimed: str
    total_staked: str
    streaming: str = Field(description="What is left to stream this week.")
    waiting: str = Field(description="What waits for the next.")
    cooldown: int | None = Field(description="Seconds that what is taken back now stays locked.")
    weeks: list[WeekItem]
    block: int = Field(description="The block that all of it is as of.")
    time: datetime


@router.get("/staking/{address}", response=StakingOut)
@public_api
def show_staking(request: HttpRequest, address: str) -> dict[str, Any]:
    """Show what an address has staked, and earned; any address has an answer."""
    account, chain = parse_address(address), home_chain()
    found = staking_of(chain, account, now_on(chain))
    held = found.held or Holding(account)
    rewards = found.rewards
    amounts = {
        "staked": held.staked,
        "leaving": held.leaving,
        "free": held.free,
        "claimable": found.claimable,
        "claimed": found.claimed,
        "total_staked": rewards.total,
        "streaming": rewards.streaming,
        "waiting": rewards.waiting,
    }
    return {
        "address": checksum(account),
        **{name: str(amount) for name, amount in amounts.items()},
        "free_at": held.free_at if held.leaving else None,
        "cooldown": int(found.cooldown.total_seconds()) if found.cooldown else None,
        "weeks": [_week(week) for week in rewards.weeks],
        "block": chain.head(),
        "time": found.now,
    }


def _week(week: Week) -> dict[str, Any]:
    return {
        "start": week.start,
        "planned": str(week.planned),
        f"per_{MEASURE}_lattice": str(week.per_measure),
        "own": str(week.own),
        "running": week.is_running,
    }
