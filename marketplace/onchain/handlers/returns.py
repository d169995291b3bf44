"""Refunds and disputes: which of a buyer's purchases were taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

from django.db import connection
from django.db.models import Q

from contracts.indexer.folding import Aggregate, State, fold
from contracts.indexer.records import DecodedEvent, moment_of
from contracts.models import Chain
from marketplace.onchain.models.returns import RETURNS, PurchaseReturn, Stage

from . import sales

# Of its purchase, which is remembered while it can be taken back.
SAME = ("ref", "model_id", "buyer", "recipient", "plan", "quantity", "token", "paid", "split_hash", "maturity_day")
UNRULED: dict[str, Any] = {"stage": Stage.DISPUTED, "by": "", "reason": "", "ruled_tx": ""}
UNRULED |= dict.fromkeys(("ruled_block", "ruled_log", "ruled_at", "ruled_until"))
# The stored rows that are not final by the state that was kept, of several aggregates.
CHANGING = f"""
delete from {PurchaseReturn._meta.db_table} t
 using unnest(%s::text[], %s::text[], %s::bigint[]) as changed (model_id, buyer, since)
 where t.chain_id = %s and t.model_id = changed.model_id and t.buyer = changed.buyer
   and (t.taken_block > changed.since or t.stage = '{Stage.DISPUTED}' or t.ruled_block > changed.since)
"""  # noqa: S608  the name of a model's table, and a constant


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
class ReturnsFold(Aggregate):
    """Which of a buyer's purchases of a model were taken back. The key is ``model id:buyer``.

    As in the contract a refund or a dispute is of the open purchase: the last one that cost something. The state names
    that, and the disputes that wait for a ruling, by receipt; the rows of all others are final.
    """

    uses = (sales,)

    def __init__(self, chain: Chain, key: str, state: State, since: int = -1) -> None:
        super().__init__(chain, key, state, since)
        self.until: datetime | None = None
        self.made = self._rows_to_write()
        self.disputed = {each.receipt: each for each in self.made if each.stage == Stage.DISPUTED}

    def step(self, event: DecodedEvent) -> None:
        """Take a purchase back, or rule on what was taken back."""
        args, open_disputes = event.args, self.state.setdefault("disputed", {})
        if event.name == "SubscriptionMoved":
            # Said just before the event that it belongs to.
            self.until = moment_of(args["expiry"])
            return
        if event.name == "AccessPurchased":
            # What cost nothing leaves no receipt, so the purchase before it stays the one that can be returned.
            if args["p"]["paid"]:
                self.state["last"] = _remembered(event)
        elif event.name == "DisputeRuled":
            # Equal purchases share a receipt; the second can be disputed only after the first ruling.
            _rule(self.disputed.pop(args["receipt"]), event, self.until)
            del open_disputes[args["receipt"]]
        elif event.name == "DisputeAnswered":
            self.disputed[args["receipt"]].answer = open_disputes[args["receipt"]] = args["answer"]
        elif "last" in self.state:
            made = _taken_back(self.chain, self.state["last"], event, self.until)
            self.made.append(made)
            if made.stage == Stage.DISPUTED:
                self.disputed[made.receipt] = made
                open_disputes[made.receipt] = ""
        self.until = None

    @classmethod
    def save(cls, chain: Chain, some: Sequence[Self]) -> None:
        """Write what has changed since the states were kept."""
        with connection.cursor() as cursor:
            keys = zip(*((*each.key.split(":"), each.since) for each in some), strict=True)
            cursor.execute(CHANGING, [*map(list, keys), chain.pk])
        made = [row for each in some for row in each.made]
        for row in made:
            row.pk = None
        PurchaseReturn.objects.bulk_create(made)

    def _rows_to_write(self) -> list[PurchaseReturn]:
        """Return the disputes that the state has open, as they were then."""
        if not self.state.get("disputed"):
            return []
        model_id, buyer = self.key.split(":")
        stored = PurchaseReturn.objects.filter(chain=self.chain, model_id=model_id, buyer=buyer)
        # What was ruled since is still open in the state.
        changing = Q(stage=Stage.DISPUTED) | Q(ruled_block__gt=self.since)
        rows = list(stored.filter(changing, taken_block__lte=self.since))
        for row in rows:
            for name, value in UNRULED.items():
                setattr(row, name, value)
            row.answer = self.state["disputed"][row.receipt]
        return rows


def _remembered(bought: DecodedEvent) -> dict[str, Any]:
    purchased = sales.purchase_of(bought)
    # By its natural key: a reorganisation deletes facts and writes them again.
    key = {"purchase_tx": bought.tx_hash, "purchase_index": bought.index}
    return key | {name: purchased.values[name] for name in SAME}


def _taken_back(chain: Chain, bought: dict[str, Any], event: DecodedEvent, until: datetime | None) -> PurchaseReturn:
    """Return a purchase as its refund or dispute left it."""
    args = event.args
    refunded = event.name == "PurchaseRefunded"
    return PurchaseReturn(
        chain=chain,
        **bought,
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


def _rule(made: PurchaseReturn, event: DecodedEvent, until: datetime | None) -> None:
    args = event.args
    made.stage = Stage.FOR_BUYER if args["forBuyer"] else Stage.FOR_SELLER
    made.by, made.reason = args["by"], args["reason"]
    made.ruled_tx, made.ruled_block, made.ruled_log = event.tx_hash, event.block_number, event.log_index
    made.ruled_at, made.ruled_until = event.time, until
