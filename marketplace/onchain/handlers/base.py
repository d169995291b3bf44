"""What the marketplace makes of the chain's events. Only the indexer calls these."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import structlog

from contracts.errors import ChainError
from contracts.indexer.dispatch import Changes, after_batch, fact, fold, tally
from contracts.indexer.hints import send_hints
from contracts.models import Chain, ChainRecord, Event
from marketplace.buying import ordering
from marketplace.buying.orders import Order
from marketplace.onchain.models.base import (
    NOT_OFFERED,
    CreditFact,
    DistributionFact,
    HoldFact,
    ListingState,
    OnchainListing,
    OnchainPlan,
    PassTransferFact,
    PurchaseFact,
    RatingFact,
    ReferralFact,
    SplitFact,
    WithdrawalFact,
)
from marketplace.onchain.models.returns import PurchaseReturn, Stage

log = structlog.get_logger(__name__)
NO_ROOT = "0x" + "0" * 64  # everybody may buy
LAST_SECOND = 253_402_300_799  # of the year 9999


def _record(event: Event) -> dict[str, Any]:
    """Return the columns that a fact shares with its event."""
    return {name.attname: getattr(event, name.attname) for name in ChainRecord._meta.local_fields}


def _model_id(pass_id: int) -> str:
    return f"0x{pass_id:064x}"


def _moment(seconds: int) -> datetime:
    """Return a time that a contract gives, or the last one that there is: the contract allows any."""
    return datetime.fromtimestamp(min(seconds, LAST_SECOND), UTC)


@fact("ModelMarketplace", "AccessPurchased")
def purchase(event: Event) -> Iterator[PurchaseFact]:
    """Somebody bought access."""
    yield _purchased(event)


def _purchased(event: Event) -> PurchaseFact:
    args, bought = event.args, event.args["p"]
    return PurchaseFact(
        **_record(event),
        model_id=args["modelId"],
        buyer=args["buyer"],
        ref=args["ref"],
        recipient=bought["recipient"],
        referrer=bought["referrer"],
        plan=bought["plan"],
        quantity=bought["quantity"],
        token=bought["token"],
        paid=bought["paid"],
        fee=bought["fee"],
        maturity_day=bought["maturityDay"],
        split_hash=bought["splitHash"],
    )


@fact("AccessPass", "TransferSingle")
def pass_transfer(event: Event) -> Iterator[PassTransferFact]:
    """Passes of one model were minted or moved."""
    yield _transfer(event, 0, event.args["id"], event.args["value"])


@fact("AccessPass", "TransferBatch")
def pass_transfers(event: Event) -> Iterator[PassTransferFact]:
    """Passes of several models moved at once."""
    for item, (pass_id, quantity) in enumerate(zip(event.args["ids"], event.args["values"], strict=True)):
        yield _transfer(event, item, pass_id, quantity)


def _transfer(event: Event, item: int, pass_id: int, quantity: int) -> PassTransferFact:
    return PassTransferFact(
        **_record(event),
        item=item,
        model_id=_model_id(pass_id),
        sender=event.args["from"],
        recipient=event.args["to"],
        quantity=quantity,
    )


@fact("RevenueSplitter", "SplitSet")
def split(event: Event) -> Iterator[SplitFact]:
    """A seller named who shares the later sales."""
    args = event.args
    yield SplitFact(
        **_record(event),
        model_id=args["modelId"],
        split_hash=args["splitHash"],
        recipients=args["recipients"],
        bps=args["bps"],
    )


@fact("RevenueSplitter", "Distributed")
def distribution(event: Event) -> Iterator[DistributionFact]:
    """Somebody distributed a matured bucket."""
    args = event.args
    yield DistributionFact(
        **_record(event),
        model_id=args["modelId"],
        token=args["token"],
        day=args["day"],
        split_hash=args["splitHash"],
        amount=args["amount"],
    )


@fact("RevenueSplitter", "Credited")
def credit(event: Event) -> Iterator[CreditFact]:
    """An account was credited."""
    yield CreditFact(**_record(event), **event.args)


@fact("RevenueSplitter", "Withdrawn")
def withdrawal(event: Event) -> Iterator[WithdrawalFact]:
    """An account drew its credit."""
    yield WithdrawalFact(**_record(event), **event.args)


def _account(args: dict[str, Any]) -> str:
    return f"{args['account']}:{args['token']}"


tally(  # what an account may withdraw, by account and token
    "credit",
    RevenueSplitter={
        "Credited": lambda args: [(_account(args), args["amount"])],
        "Withdrawn": lambda args: [(_account(args), -args["amount"])],
    },
)


@fact("RevenueSplitter", "Referred")
def referral(event: Event) -> Iterator[ReferralFact]:
    """A referrer's part was put aside."""
    args = event.args
    yield ReferralFact(
        **_record(event),
        referrer=args["referrer"],
        model_id=args["modelId"],
        token=args["token"],
        day=args["day"],
        amount=args["amount"],
    )


@fact("RevenueSplitter", "Held")
def hold(event: Event) -> Iterator[HoldFact]:
    """A disputed sale left its bucket."""
    yield _hold(event, is_release=False)


@fact("RevenueSplitter", "Released")
def release(event: Event) -> Iterator[HoldFact]:
    """A disputed sale went into a bucket again."""
    yield _hold(event, is_release=True)


def _hold(event: Event, is_release: bool) -> HoldFact:
    args = event.args
    return HoldFact(
        **_record(event),
        model_id=args["modelId"],
        token=args["token"],
        day=args["day"],
        split_hash=args["splitHash"],
        amount=args["amount"],
        is_release=is_release,
    )


@fact("Ratings", "ModelRated")
def rating(event: Event) -> Iterator[RatingFact]:
    """Somebody rated a model."""
    args = event.args
    given = {name: args[name] for name in ("rater", "rating", "weight", "review")}
    yield RatingFact(**_record(event), model_id=args["modelId"], **given)


@fact("Ratings", "RatingVoided")
def voided_rating(event: Event) -> Iterator[RatingFact]:
    """What a rating rests on was paid back."""
    args = event.args
    yield RatingFact(**_record(event), model_id=args["modelId"], rater=args["rater"], rating=0, weight=0)


@dataclass
class _Listing:
    """A listing while its events are gone through."""

    values: dict[str, Any] = field(default_factory=dict)
    plans: dict[int, dict[str, Any]] = field(default_factory=dict)

    def listed(self, event: Event) -> None:
        args = event.args
        if "listed_block" not in self.values:
            self.values |= {"state": ListingState.LISTED, "listed_block": event.block_number, "listed_at": event.time}
        self.values |= {"seller": args["seller"], "category": args["category"], "metadata": args["metadata"]}

    def plan_set(self, event: Event) -> None:
        args = event.args
        self.plans.pop(args["plan"], None)
        if args["price"] != NOT_OFFERED:
            self.plans[args["plan"]] = {name: args[name] for name in ("token", "price", "period")}

    def state_changed(self, event: Event) -> None:
        """A suspension covers what was there; every other change of state is made, or found, without one."""
        suspended = event.args["state"] == ListingState.SUSPENDED
        self.values["suspended_until"] = _moment(event.args["until"]) if suspended else None
        if not suspended:
            self.values["state"] = event.args["state"]

    def access_list_set(self, event: Event) -> None:
        root = event.args["root"]
        self.values["access_list"] = "" if root == NO_ROOT else root

    def featured_set(self, event: Event) -> None:
        self.values["is_featured"] = event.args["featured"]

    def split_set(self, event: Event) -> None:
        args = event.args
        self.values["split"] = [list(part) for part in zip(args["recipients"], args["bps"], strict=True)]
        self.values["split_hash"] = args["splitHash"]

    def royalty_set(self, event: Event) -> None:
        self.values |= {"parent": event.args["parent"], "royalty_bps": event.args["bps"]}

    def transfers_allowed(self, event: Event) -> None:
        self.values["transfers_allowed"] = event.args["allowed"]

    def resale_set(self, event: Event) -> None:
        self.values |= {"resale_allowed": event.args["allowed"], "resale_royalty_bps": event.args["royaltyBps"]}


_STEPS = {
    "ModelListed": _Listing.listed,
    "PlanSet": _Listing.plan_set,
    "ListingStateChanged": _Listing.state_changed,
    "SplitSet": _Listing.split_set,
    "RoyaltySet": _Listing.royalty_set,
    "TransfersAllowed": _Listing.transfers_allowed,
    "ResaleSet": _Listing.resale_set,
    "AccessListSet": _Listing.access_list_set,
    "FeaturedSet": _Listing.featured_set,
}


def _by_model(args: dict[str, Any]) -> str:
    return str(args["modelId"])


@fold(
    "listing",
    ModelMarketplace=dict.fromkeys(
        ("ModelListed", "PlanSet", "ListingStateChanged", "AccessListSet", "FeaturedSet"), _by_model
    ),
    RevenueSplitter={"SplitSet": _by_model, "RoyaltySet": _by_model},
    AccessPass=dict.fromkeys(("TransfersAllowed", "ResaleSet"), lambda args: _model_id(args["id"])),
)
def fold_listing(chain: Chain, key: str, events: Sequence[Event]) -> None:
    """Write a listing and its plans as their events left them. ``key`` is the model id.

    A seller may set a split or allow transfers before listing; until ``ModelListed`` there is no listing.
    """
    OnchainListing.objects.filter(chain=chain, model_id=key).delete()
    made = _Listing()
    for event in events:
        _STEPS[event.name](made, event)
    if "listed_block" not in made.values:
        return
    changed = events[-1].block_number
    listing = OnchainListing.objects.create(chain=chain, model_id=key, changed_block=changed, **made.values)
    OnchainPlan.objects.bulk_create(
        OnchainPlan(listing=listing, plan=plan, **made.plans[plan]) for plan in sorted(made.plans)
    )


def _standing(args: dict[str, Any]) -> str:
    return f"{args['modelId']}:{args['buyer']}"


@fold(
    "standing",
    ModelMarketplace=dict.fromkeys(("AccessPurchased", "PurchaseRefunded", "DisputeOpened", "DisputeRuled"), _standing),
)
def fold_standing(chain: Chain, key: str, events: Sequence[Event]) -> None:
    """Write which of a buyer's purchases of a model were taken back. ``key`` is ``model id:buyer``.

    As in the contract a refund or a dispute is of the open purchase: the last one that cost something.
    """
    model_id, _, buyer = key.partition(":")
    PurchaseReturn.objects.filter(chain=chain, model_id=model_id, buyer=buyer).delete()
    last: Event | None = None
    made: list[PurchaseReturn] = []
    disputed: dict[str, PurchaseReturn] = {}
    for event in events:
        if event.name == "AccessPurchased":
            last = event if event.args["p"]["paid"] else last
        elif event.name == "DisputeRuled":
            _rule(disputed[event.args["receipt"]], event)
        elif last:
            made.append(_taken_back(last, event))
            disputed[made[-1].receipt] = made[-1]
    PurchaseReturn.objects.bulk_create(made)


def _taken_back(bought: Event, event: Event) -> PurchaseReturn:
    """Return a purchase as its refund or dispute left it."""
    purchased, args = _purchased(bought), event.args
    same = ("ref", "model_id", "buyer", "recipient", "plan", "quantity", "token", "paid", "split_hash", "maturity_day")
    refunded = event.name == "PurchaseRefunded"
    return PurchaseReturn(
        chain_id=event.chain_id,
        purchase_tx=bought.tx_hash,
        purchase_index=bought.index,
        **{name: getattr(purchased, name) for name in same},
        stage=Stage.REFUNDED if refunded else Stage.DISPUTED,
        by=args["by"] if refunded else "",
        receipt=args.get("receipt", ""),
        evidence=args.get("evidence", ""),
        rule_by=None if refunded else _moment(args["ruleBy"]),
        taken_tx=event.tx_hash,
        taken_block=event.block_number,
        taken_log=event.log_index,
        taken_at=event.time,
    )


def _rule(made: PurchaseReturn, event: Event) -> None:
    args = event.args
    made.stage = Stage.FOR_BUYER if args["forBuyer"] else Stage.FOR_SELLER
    made.by, made.reason = args["by"], args["reason"]
    made.ruled_tx, made.ruled_block, made.ruled_log = event.tx_hash, event.block_number, event.log_index
    made.ruled_at = event.time


@after_batch
def tell_orders_of_returns(changes: Changes) -> None:
    """Tell the groups of the orders whose buyer had a purchase of that model taken back, or ruled upon."""
    keys = [key.split(":")[1:] for key in changes.subjects if key.startswith("standing:")]
    told: dict[str, dict[str, Any]] = {}
    for model_id, buyer in keys:
        orders = Order.objects.of(buyer).filter(chain=changes.chain, model_id=model_id).exclude(tx_hashes=[])
        told |= {order.group: {"type": "order.changed"} for order in orders}
    send_hints(told)


@after_batch
def tell_orders(changes: Changes) -> None:
    """Tell the group of each order whose purchase came or went: ``order.<ref without 0x>``."""
    refs = {made.ref for made in [*changes.added, *changes.removed] if isinstance(made, PurchaseFact)}
    send_hints({f"order.{ref.removeprefix('0x')}": {"type": "order.changed"} for ref in sorted(refs)})


@after_batch
def watch_orders(changes: Changes) -> None:
    """Look after what buyers have sent and no event tells of; what fails now is tried again with the next block."""
    try:
        ordering.watch_orders(chain=changes.chain)
    except ChainError as error:
        log.warning("orders were not watched", chain=changes.chain.short_name, reason=str(error.detail))
