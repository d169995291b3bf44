"""What the demo's DAO did in sixty days, as a list of transactions: the same list for the same first block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from eth_utils.crypto import keccak

from contracts.chain import codec
from contracts.names import BONUS_POOL, COIN, DAO, DAY, DEMO_DOLLAR, FAUCET, FEE_VAULT, GUARD, STAKING, TOKEN
from marketplace.demo.listings import VECTOR_WORKS
from marketplace.demo.steps import Step

from .bonuses import BONUSES_MADE, EPOCH, bonuses_of
from .proposals import DELAY, HOUR, PERIOD, PROPOSALS, TIMELOCK, WHOLE, DemoProposal, Known

# Of anvil's accounts, as the demo wallet has them.
VOTERS = (3, 32, 33)
MEMBER, KEEPER = 31, 35  # the guardian's, and whoever distributes
DELEGATES = (5, 6, 7)  # three of the sellers, who vote with others' LATTICE as well
HOLDERS = {8: 5, 9: 6, 10: 7, 11: 3}  # who only hold LATTICE, and whom they delegate to
# When, in days since the chain began; who; what; and how many LATTICE, if that matters.
STAKES = (
    (5, 3, "stake", 2_000_000),
    (6, 5, "stake", 1_000_000),
    (8, 8, "stake", 1_500_000),
    (16, 9, "stake", 3_000_000),
    (30, 9, "unstake", 1_000_000),
    (43, 9, "withdraw", None),
)
REWARD_CLAIMS = ((38, 3), (45, 8), (52, 5), (59, 3))  # days, and who draws rewards
RELEASES = range(3, 9)  # the weeks after whose payouts the fees are divided
DOLLARS_WEEK = 6  # after whose payouts those in dollars are
BONUS_DAY = 46


@dataclass
class DaoHistory:
    """The DAO's part of the history of a chain that began at ``start``; ``sales`` are the market's."""

    start: int
    accounts: Sequence[str]
    deployment: Mapping[str, str]
    sales: Sequence[Step]

    def __post_init__(self) -> None:
        self.bonuses = bonuses_of(self.accounts, self.sales, self.start + BONUSES_MADE)
        self._known = Known(self.accounts, self.deployment, self.bonuses)

    def steps(self) -> list[Step]:
        """Return the transactions in their order."""
        decided = (self._course(number, each) for number, each in enumerate(PROPOSALS, start=1))
        parts = (self._lattice(), self._staking(), self._fees(), self._claims(), *decided)
        return sorted((step for part in parts for step in part), key=lambda step: step.time)

    def _lattice(self) -> Iterator[Step]:
        """Give out LATTICE from the faucet, and the votes that go with it."""
        chosen = {**{voter: voter for voter in VOTERS}, **{each: each for each in DELEGATES}, **HOLDERS}
        for place, (holder, delegate) in enumerate(chosen.items()):
            time = self.start + DAY + place * 4 * HOUR
            yield Step(time, holder, FAUCET, "faucet")
            yield Step(time + 600, holder, TOKEN, "delegate", (self.accounts[delegate],))

    def _staking(self) -> Iterator[Step]:
        for day, holder, function, amount in STAKES:
            args = () if amount is None else (amount * WHOLE,)
            yield Step(self.start + day * DAY + 10 * HOUR, holder, STAKING, function, args)

    def _fees(self) -> Iterator[Step]:
        """Each week divide the fees that the sellers' payouts have brought: what stakers get streams a week later."""
        for week in RELEASES:
            time = self.start + week * 7 * DAY + 12 * HOUR
            yield Step(time, KEEPER, FEE_VAULT, "release", (COIN,))
            if week == DOLLARS_WEEK:
                yield Step(time + 60, KEEPER, FEE_VAULT, "release", (self.deployment[DEMO_DOLLAR],))

    def _claims(self) -> Iterator[Step]:
        """Stakers draw what they have earned, and one of the rewarded sellers its bonus."""
        for day, staker in REWARD_CLAIMS:
            yield Step(self.start + day * DAY + 18 * HOUR, staker, STAKING, "claim", (self.accounts[staker],))
        seller = VECTOR_WORKS.index
        model, amount = next(each for each in self.bonuses.amounts.items() if each[0][:42] == self.accounts[seller])
        claim = (EPOCH, model, amount, self.bonuses.proof_for(model), self.accounts[seller])
        yield Step(self.start + BONUS_DAY * DAY, seller, BONUS_POOL, "claim", claim)

    def _course(self, number: int, each: DemoProposal) -> Iterator[Step]:
        """Yield what happened to a proposal, from its first line on."""
        contract, function, args = each.does(self._known)
        batch = ([self.deployment[contract]], [0], [codec.call_data(contract, function, args)])
        named = (*batch, "0x" + keccak(each.text.encode()).hex())
        made = self.start + each.made
        opened, ended = made + DELAY, made + DELAY + PERIOD
        yield Step(made, each.proposer, DAO, "propose", (*batch, each.text))
        for ballot in each.ballots:
            vote = (number, ballot.support, ballot.reason)
            yield Step(opened + ballot.after, ballot.voter, DAO, "castVoteWithReason", vote)
        if each.stopped is not None:
            yield Step(opened + each.stopped, MEMBER, GUARD, "cancel", named)
        if each.queued is not None:
            yield Step(ended + each.queued, each.proposer, DAO, "queue", named)
        if each.queued is not None and each.executed is not None:
            yield Step(ended + each.queued + TIMELOCK + each.executed, each.proposer, DAO, "execute", named)
