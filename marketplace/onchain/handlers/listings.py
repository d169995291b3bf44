"""The state of a listing on chain, and its plans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from contracts.indexer.dispatch import fold
from contracts.models import Chain, Event
from marketplace.onchain.models.listings import NOT_OFFERED, ListingState, OnchainListing, OnchainPlan, Plan

from .records import model_of_pass, moment_of

NO_ROOT = "0x" + "0" * 64  # everybody may buy


@dataclass
class _Listing:
    """A listing while its events are gone through."""

    values: dict[str, Any] = field(default_factory=dict)
    plans: dict[int, dict[str, Any]] = field(default_factory=dict)

    def listed(self, event: Event) -> None:
        args = event.args
        # New metadata comes as another ``ModelListed``; it neither lists again nor ends a pause.
        if "listed_block" not in self.values:
            self.values |= {"state": ListingState.LISTED, "listed_block": event.block_number, "listed_at": event.time}
        self.values |= {"seller": args["seller"], "category": args["category"], "metadata": args["metadata"]}

    def plan_set(self, event: Event) -> None:
        args = event.args
        # What a call costs is nothing that can be bought, and comes into force later: pricing has it.
        if args["plan"] == Plan.METERED:
            return
        # Off first: a price of NOT_OFFERED withdraws the plan.
        self.plans.pop(args["plan"], None)
        if args["price"] != NOT_OFFERED:
            self.plans[args["plan"]] = {name: args[name] for name in ("token", "price", "period")}

    def state_changed(self, event: Event) -> None:
        """A suspension covers what was there; every other change of state is made, or found, without one."""
        suspended = event.args["state"] == ListingState.SUSPENDED
        self.values["suspended_until"] = moment_of(event.args["until"]) if suspended else None
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
    AccessPass=dict.fromkeys(("TransfersAllowed", "ResaleSet"), lambda args: model_of_pass(args["id"])),
)
def fold_listing(chain: Chain, key: str, events: Sequence[Event]) -> None:
    """Write a listing and its plans as their events left them. ``key`` is the model id.

    A seller may set a split or allow transfers before listing; until ``ModelListed`` there is no listing.
    """
    # Made again from all events, never changed in place: then a reorganisation has nothing to undo.
    OnchainListing.objects.filter(chain=chain, model_id=key).delete()
    made = _Listing()
    for event in events:
        _STEPS[event.name](made, event)
    if "listed_block" not in made.values:
        return
    # A comparison at an earlier block leaves out what has changed since: a fold has no past.
    changed = events[-1].block_number
    listing = OnchainListing.objects.create(chain=chain, model_id=key, changed_block=changed, **made.values)
    OnchainPlan.objects.bulk_create(
        OnchainPlan(listing=listing, plan=plan, **made.plans[plan]) for plan in sorted(made.plans)
    )
