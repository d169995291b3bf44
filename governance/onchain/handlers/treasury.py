"""Turns the events of the fee vault, the treasury and the bonus pool into facts. Only the indexer calls these."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from contracts.indexer.dispatch import fact
from contracts.indexer.records import DecodedEvent, FactRow, fact_row, moment_of
from contracts.names import TREASURY
from governance.onchain.models.treasury import AssetFact, BonusFact, FeeReleaseFact, OperationFact, SpendingFact


@fact("FeeVault", "Released")
def fee_release(event: DecodedEvent) -> Iterator[FactRow]:
    """The fee vault divided what it had."""
    yield fact_row(FeeReleaseFact, event, **event.args)


@fact(TREASURY, "Spent")
def spending(event: DecodedEvent) -> Iterator[FactRow]:
    """Something left the treasury."""
    yield fact_row(SpendingFact, event, **event.args)


@fact(TREASURY, "CallScheduled")
def scheduled(event: DecodedEvent) -> Iterator[FactRow]:
    """A call of a batch waits."""
    # The contract counts the delay from this block.
    yield _operation(event, moment_of(int(event.time.timestamp()) + event.args["delay"]))


@fact(TREASURY, "CallExecuted")
def executed(event: DecodedEvent) -> Iterator[FactRow]:
    """A call of a batch was made."""
    yield _operation(event, None)


def _operation(event: DecodedEvent, due_at: datetime | None) -> FactRow:
    args = event.args
    given = {name: args[name] for name in ("target", "value", "data")}
    place = {"operation": args["id"], "position": args["index"], "is_executed": event.name == "CallExecuted"}
    return fact_row(OperationFact, event, **place, **given, due_at=due_at)


@fact(TREASURY, "AssetListed")
def listed_asset(event: DecodedEvent) -> Iterator[FactRow]:
    """An asset came under the caps."""
    yield fact_row(AssetFact, event, asset=event.args["asset"], is_listed=True)


@fact(TREASURY, "AssetUnlisted")
def unlisted_asset(event: DecodedEvent) -> Iterator[FactRow]:
    """An asset left the caps."""
    yield fact_row(AssetFact, event, asset=event.args["asset"], is_listed=False)


@fact("BonusPool", "Received")
def bonus_received(event: DecodedEvent) -> Iterator[FactRow]:
    """Coin came for bonuses."""
    yield fact_row(BonusFact, event, kind=event.name, account=event.args["from"], amount=event.args["amount"])


@fact("BonusPool", "RootSet")
def bonus_root(event: DecodedEvent) -> Iterator[FactRow]:
    """The DAO set who gets how much of an epoch."""
    yield fact_row(BonusFact, event, kind=event.name, **event.args)


@fact("BonusPool", "BonusClaimed")
def bonus(event: DecodedEvent) -> Iterator[FactRow]:
    """A seller was paid a bonus."""
    args = event.args
    given = {"epoch": args["epoch"], "model_id": args["modelId"], "account": args["seller"], "amount": args["amount"]}
    yield fact_row(BonusFact, event, kind=event.name, **given)
