"""All that the staking page shows, in five queries at most, and none of them of the chain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.models import Chain
from governance.onchain.holdings import Holding, holdings_with

from .bars import RewardsPlot, rewards_plot
from .cooldown import Cooling, cooldown_of, settings_of_cooldown
from .moves import StakeMove, claimed_in, earning_in, moves_of
from .weeks import Rewards, points_until, rewards_of


@dataclass(frozen=True)
class Staking:
    """The stream of rewards, and what is an account's own: None and nothing where nobody is meant.

    ``claimable`` and ``claimed`` are wei, as of ``now``, the time of the last indexed block.
    """

    now: datetime
    held: Holding | None
    moves: list[StakeMove]
    rewards: Rewards
    plot: RewardsPlot | None
    claimable: int
    claimed: int
    cooldown: timedelta | None

    @property
    def cooling(self) -> Cooling | None:
        """How far the cooldown of what is leaving is."""
        if not self.held or not self.held.leaving or not self.held.free_at:
            return None
        begun = next((move.time for move in self.moves if move.free_at == self.held.free_at), self.now)
        return Cooling(self.held.free_at, self.now, max(self.held.free_at - begun, timedelta(seconds=1)))

    @property
    def begins_free_at(self) -> datetime | None:
        """When what is taken back now would be free."""
        return self.now + self.cooldown if self.cooldown else None

    @property
    def has_own(self) -> bool:
        """Whether any of the rewards are, or were, one's own."""
        return bool(self.claimable or self.claimed or (self.held and self.held.staked))

    @property
    def lit(self) -> str:
        """The one thing to do here: what is lit."""
        if self.cooling and self.cooling.is_over:
            return "withdraw"
        if self.claimable:
            return "claim"
        return "stake" if self.held and self.held.free else ""


def staking_of(chain: Chain, account: str, now: datetime) -> Staking:
    """Return what the page shows of an account, or of nobody where it is empty."""
    parts = {**points_until(now), **settings_of_cooldown()}
    held, read = holdings_with(chain, [account] if account else [], **parts)
    moves = moves_of(chain, account) if account else []
    earning = earning_in(chain, moves)
    rewards = rewards_of(read, now, earning)
    claimed = claimed_in(moves)
    claimable = earning.claimable(rewards.per_unit, claimed)
    plot = rewards_plot(chain, rewards.weeks)
    return Staking(now, held.get(account), moves, rewards, plot, claimable, claimed, cooldown_of(read))
