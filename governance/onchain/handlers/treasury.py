"""Turns the events of the fee vault, the treasury and the bonus pool into facts. Only the indexer calls these."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from contracts.indexer.dispatch import fact
from contracts.indexer.records import moment_of, record_of
from contracts.models import Event
from contracts.names import TREASURY
from governance.onchain.models.treasury import AssetFact, BonusFact, FeeReleaseFact, OperationFact, SpendingFact


@fact("FeeVault", "Released")
def fee_release(event: Event) -> Iterator[FeeReleaseFact]:
    """The fee vault divided what it had."""
    yield FeeReleaseFact(**record_of(event), **event.args)


@fact(TREASURY, "Spent")
def spending(event: Event) -> Iterator[SpendingFact]:
    """Something left the treasury."""
    yield SpendingFact(**record_of(event), **event.args)


@fact(TREASURY, "CallScheduled")
def scheduled(event: Event) -> Iterator[OperationFact]:
    """A call of a batch waits."""
    # The contract counts the delay from this block.
    yield _operation(event, moment_of(int(event.time.timestamp()) + event.args["delay"]))


@fact(TREASURY, "CallExecuted")
def executed(event: Event) -> Iterator[OperationFact]:
    """A call of a batch was made."""
    yield _operation(event, None)


def _operation(event: Event, due_at: datetime | None) -> OperationFact:
    args = event.args
    given = {name: args[name] for name in ("target", "value", "data")}
    place = {"operation": args["id"], "position": args["index"], "is_executed": event.name == "CallExecuted"}
    return OperationFact(**record_of(event), **place, **given, due_at=due_at)


@fact(TREASURY, "AssetListed")
def listed_asset(event: Event) -> Iterator[AssetFact]:
    """An asset came under the caps."""
    yield AssetFact(**record_of(event), asset=event.args["asset"], is_listed=True)


@fact(TREASURY, "AssetUnlisted")
def unlisted_asset(event: Event) -> Iterator[AssetFact]:
    """An asset left the caps."""
    yield AssetFact(**record_of(event), asset=event.args["asset"], is_listed=False)


@fact("BonusPool", "Received")
def bonus_received(event: Event) -> Iterator[BonusFact]:
    """Coin came for bonuses."""
    yield BonusFact(**record_of(event), kind=event.name, account=event.args["from"], amount=event.args["amount"])


@fact("BonusPool", "RootSet")
def bonus_root(event: Event) -> Iterator[BonusFact]:
    """The DAO set who gets how much of an epoch."""
    yield BonusFact(**record_of(event), kind=event.name, **event.args)


@fact("BonusPool", "BonusClaimed")
def bonus(event: Event) -> Iterator[BonusFact]:
    """A seller was paid a bonus."""
    args = event.args
    given = {"epoch": args["epoch"], "model_id": args["modelId"], "account": args["seller"], "amount": args["amount"]}
    yield BonusFact(**record_of(event), kind=event.name, **given)
