"""Turns the events of staking into facts and folds. Only the indexer calls these."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any, Self

from contracts.indexer.dispatch import fact, tally
from contracts.indexer.folding import Aggregate, State, fold
from contracts.indexer.records import DecodedEvent, FactRow, fact_row, moment_of
from contracts.indexer.store import Table, add
from contracts.models import Chain
from contracts.names import STAKING
from governance.onchain import streaming
from governance.onchain.models.staking import LEAVING, STAKED, Move, RewardFact, StakeFact, StreamPoint


def _added(args: dict[str, Any]) -> list[tuple[str, int]]:
    return [(args["account"], args["amount"])]


def _taken(args: dict[str, Any]) -> list[tuple[str, int]]:
    return [(args["account"], -args["amount"])]


tally(STAKED, LatticeStaking={"Staked": _added, "Restaked": _added, "Unstaked": _taken})
# Both ways out take all that is leaving.
tally(LEAVING, LatticeStaking={"Unstaked": _added, "Restaked": _taken, "Withdrawn": _taken})


def _move(event: DecodedEvent) -> Iterator[FactRow]:
    """An account changed its stake."""
    args = event.args
    given = {"account": args["account"], "amount": args["amount"], "staked": args.get("staked", 0)}
    free_at = moment_of(args["freeAt"]) if "freeAt" in args else None
    yield fact_row(StakeFact, event, move=event.name, **given, free_at=free_at)


for _each in Move:
    fact(STAKING, _each.value)(_move)


@fact(STAKING, "RewardAdded")
def reward(event: DecodedEvent) -> Iterator[FactRow]:
    """Coin came for the stakers."""
    yield fact_row(RewardFact, event, account=event.args["from"], is_claim=False, amount=event.args["amount"])


@fact(STAKING, "RewardClaimed")
def claim(event: DecodedEvent) -> Iterator[FactRow]:
    """A staker drew what it had earned."""
    yield fact_row(RewardFact, event, is_claim=True, **event.args)


POINTS = Table(
    StreamPoint, ("chain_id", "block_number", "log_index", *(field.name for field in fields(streaming.Stream)))
)


@fold(
    "stream",
    LatticeStaking=dict.fromkeys(
        ("Staked", "Unstaked", "Restaked", "RewardAdded", "RewardClaimed"), lambda args: "all"
    ),
)
class StreamFold(Aggregate):
    """The stream of rewards, as it stands after each event that moves it: a withdrawal does not."""

    uses = (streaming,)

    def __init__(self, chain: Chain, key: str, state: State, since: int = -1) -> None:
        super().__init__(chain, key, state, since)
        self.made: list[tuple[Any, ...]] = []

    def step(self, event: DecodedEvent) -> None:
        """Advance the stream to the event's time, as the contract does first, and then do what the event says."""
        args, now = event.args, int(event.time.timestamp())
        # Before the first event nothing streams, so it does not matter since when.
        stream = streaming.Stream(**self.state) if self.state else streaming.Stream(as_of=now)
        stream = stream.advanced(now)
        if event.name == "RewardAdded":
            stream.waiting += args["amount"]
        elif event.name == "Unstaked":
            stream.total -= args["amount"]
        elif event.name in ("Staked", "Restaked"):
            stream.total += args["amount"]
        self.state = vars(stream)
        self.made.append((self.chain.pk, event.block_number, event.log_index, *self.state.values()))

    @classmethod
    def save(cls, chain: Chain, some: Sequence[Self]) -> None:
        """Write the points since the state was kept."""
        for each in some:
            StreamPoint.objects.filter(chain=chain, block_number__gt=each.since).delete()
            add([(POINTS, each.made)])
