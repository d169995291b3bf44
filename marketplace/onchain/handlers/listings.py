"""The state of a listing on chain, and its plans."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Self

from contracts.indexer.folding import RowFold, fold
from contracts.indexer.records import DecodedEvent, moment_of
from contracts.models import Chain
from marketplace.onchain.models.listings import NOT_OFFERED, ListingState, OnchainListing, OnchainPlan, Plan

from .records import model_of_pass

NO_ROOT = "0x" + "0" * 64  # everybody may buy


def _by_model(args: dict[str, Any]) -> str:
    return str(args["modelId"])


@fold(
    "listing",
    ModelMarketplace=dict.fromkeys(
        ("ModelListed", "PlanSet", "ListingStateChanged", "AccessListSet", "FeaturedSet"), _by_model
    ),
    RevenueSplitter={"SplitSet": _by_model, "RoyaltySet": _by_model},
    AccessPass=dict.fromkeys(("TransfersAllowed", "ResaleSet"), lambda args: model_of_pass(args["id"])),
)
class ListingFold(RowFold):
    """A listing and its plans as their events left them. The key is the model id.

    A seller may set a split or allow transfers before listing; until ``ModelListed`` there is no listing.
    """

    model, named_by = OnchainListing, ("model_id",)

    def step(self, event: DecodedEvent) -> None:
        """Change what the event is about."""
        _STEPS[event.name](self, event)
        # A comparison at an earlier block leaves out what has changed since: a fold has no past.
        self.state["changed_block"] = event.block_number

    def row(self) -> dict[str, Any]:
        """Leave out the plans, which have a table of their own, and give the times as the database has them."""
        if "listed_block" not in self.state:
            return {}
        until = self.state.get("suspended_until")
        values = {name: value for name, value in self.state.items() if name != "plans"}
        values["listed_at"] = datetime.fromtimestamp(values["listed_at"], UTC)
        return values | {"suspended_until": None if until is None else moment_of(until)}

    @classmethod
    def save(cls, chain: Chain, some: Sequence[Self]) -> None:
        """Write the listings and their plans, which have no key but their listing's."""
        kept = {each.key: each.state.get("plans", {}) for each in some if each.row()}
        OnchainPlan.objects.filter(listing__chain=chain, listing__model_id__in=[each.key for each in some]).delete()
        super().save(chain, some)
        keys = OnchainListing.objects.filter(chain=chain, model_id__in=kept).order_by("model_id")
        OnchainPlan.objects.bulk_create(
            OnchainPlan(listing_id=key, plan=int(plan), **kept[model_id][plan])
            for key, model_id in keys.values_list("pk", "model_id")
            for plan in sorted(kept[model_id], key=int)
        )

    def listed(self, event: DecodedEvent) -> None:
        """Write down who sells what; new metadata comes as another one, which neither lists again nor ends a pause."""
        args = event.args
        if "listed_block" not in self.state:
            at = {"listed_block": event.block_number, "listed_at": event.time.timestamp()}
            self.state |= {"state": ListingState.LISTED.value, **at}
        self.state |= {"seller": args["seller"], "category": args["category"], "metadata": args["metadata"]}

    def plan_set(self, event: DecodedEvent) -> None:
        """Write down a plan, under its number as text: keys of JSON are."""
        args = event.args
        # What a call costs is nothing that can be bought, and comes into force later: pricing has it.
        if args["plan"] == Plan.METERED:
            return
        # Off first: a price of NOT_OFFERED withdraws the plan.
        plans = self.state.setdefault("plans", {})
        plans.pop(str(args["plan"]), None)
        if args["price"] != NOT_OFFERED:
            plans[str(args["plan"])] = {name: args[name] for name in ("token", "price", "period")}

    def state_changed(self, event: DecodedEvent) -> None:
        """A suspension covers what was there; every other change of state is made, or found, without one."""
        suspended = event.args["state"] == ListingState.SUSPENDED
        self.state["suspended_until"] = event.args["until"] if suspended else None
        if not suspended:
            self.state["state"] = event.args["state"]

    def access_list_set(self, event: DecodedEvent) -> None:
        """Write down who may buy."""
        root = event.args["root"]
        self.state["access_list"] = "" if root == NO_ROOT else root

    def featured_set(self, event: DecodedEvent) -> None:
        """Write down whether it is featured."""
        self.state["is_featured"] = event.args["featured"]

    def split_set(self, event: DecodedEvent) -> None:
        """Write down who shares what it earns."""
        args = event.args
        self.state["split"] = [list(part) for part in zip(args["recipients"], args["bps"], strict=True)]
        self.state["split_hash"] = args["splitHash"]

    def royalty_set(self, event: DecodedEvent) -> None:
        """Write down which model it descends from."""
        self.state |= {"parent": event.args["parent"], "royalty_bps": event.args["bps"]}

    def transfers_allowed(self, event: DecodedEvent) -> None:
        """Write down whether passes move."""
        self.state["transfers_allowed"] = event.args["allowed"]

    def resale_set(self, event: DecodedEvent) -> None:
        """Write down whether passes are resold."""
        self.state |= {"resale_allowed": event.args["allowed"], "resale_royalty_bps": event.args["royaltyBps"]}


_STEPS = {
    "ModelListed": ListingFold.listed,
    "PlanSet": ListingFold.plan_set,
    "ListingStateChanged": ListingFold.state_changed,
    "SplitSet": ListingFold.split_set,
    "RoyaltySet": ListingFold.royalty_set,
    "TransfersAllowed": ListingFold.transfers_allowed,
    "ResaleSet": ListingFold.resale_set,
    "AccessListSet": ListingFold.access_list_set,
    "FeaturedSet": ListingFold.featured_set,
}
