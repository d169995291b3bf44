"""Refunds and disputes: which of a buyer's purchases were taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from contracts.indexer.dispatch import fold
from contracts.models import Chain, Event
from marketplace.onchain.models.returns import RETURNS, PurchaseReturn, Stage

from .records import moment_of
from .sales import purchase_of


def _buyer_of_model(args: dict[str, Any]) -> str:
    return f"{args['modelId']}:{args['buyer']}"


@fold(
    RETURNS,
    ModelMarketplace=dict.fromkeys(
        (
            *("AccessPurchased", "PurchaseRefunded", "DisputeOpened", "DisputeAnswered", "DisputeRuled"),
            "SubscriptionMoved",
        ),
        _buyer_of_model,
    ),
)
def fold_returns(chain: Chain, key: str, events: Sequence[Event]) -> None:
    """Write which of a buyer's purchases of a model were taken back. ``key`` is ``model id:buyer``.

    As in the contract a refund or a dispute is of the open purchase: the last one that cost something.
    """
    model_id, _, buyer = key.partition(":")
    PurchaseReturn.objects.filter(chain=chain, model_id=model_id, buyer=buyer).delete()
    last: Event | None = None
    made: list[PurchaseReturn] = []
    disputed: dict[str, PurchaseReturn] = {}
    until: datetime | None = None
    for event in events:
        if event.name == "SubscriptionMoved":
            # Said just before the event that it belongs to.
            until = moment_of(event.args["expiry"])
            continue
        if event.name == "AccessPurchased":
            # What cost nothing leaves no receipt, so the purchase before it stays the one that can be returned.
            last = event if event.args["p"]["paid"] else last
        elif event.name == "DisputeRuled":
            # Equal purchases share a receipt; the second can be disputed only after the first ruling.
            _rule(disputed[event.args["receipt"]], event, until)
        elif event.name == "DisputeAnswered":
            disputed[event.args["receipt"]].answer = event.args["answer"]
        elif last:
            made.append(_taken_back(last, event, until))
            disputed[made[-1].receipt] = made[-1]
        until = None
    PurchaseReturn.objects.bulk_create(made)


def _taken_back(bought: Event, event: Event, until: datetime | None) -> PurchaseReturn:
    """Return a purchase as its refund or dispute left it."""
    purchased, args = purchase_of(bought), event.args
    same = ("ref", "model_id", "buyer", "recipient", "plan", "quantity", "token", "paid", "split_hash", "maturity_day")
    refunded = event.name == "PurchaseRefunded"
    return PurchaseReturn(
        chain_id=event.chain_id,
        # By its natural key: a reorganisation deletes facts and writes them again.
        purchase_tx=bought.tx_hash,
        purchase_index=bought.index,
        **{name: getattr(purchased, name) for name in same},
        stage=Stage.REFUNDED if refunded else Stage.DISPUTED,
        by=args["by"] if refunded else "",
        receipt=args.get("receipt", ""),
        evidence=args.get("evidence", ""),
        rule_by=None if refunded else moment_of(args["ruleBy"]),
        taken_until=until,
        taken_tx=event.tx_hash,
        taken_block=event.block_number,
        taken_log=event.log_index,
        taken_at=event.time,
    )


def _rule(made: PurchaseReturn, event: Event, until: datetime | None) -> None:
    args = event.args
    made.stage = Stage.FOR_BUYER if args["forBuyer"] else Stage.FOR_SELLER
    made.by, made.reason = args["by"], args["reason"]
    made.ruled_tx, made.ruled_block, made.ruled_log = event.tx_hash, event.block_number, event.log_index
    made.ruled_at, made.ruled_until = event.time, until
