"""What a listing sells, and on which terms, as the chain has it: the reads behind every price and every Buy button."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from contracts.models import Chain, Parameter

from .onchain import ListingState, OnchainListing, OnchainPlan, Plan
from .publication import Adoption, MetadataDocument
from .runtime import RuntimeState

SOLD = (Plan.LASTING, Plan.SUBSCRIPTION)  # metered use is not bought: it is paid from the escrow

ANSWER_TOKENS = 200  # of an answer of usual length


@dataclass(frozen=True)
class Offer:
    """A listing's place on a chain, with the plans that can be bought there, the lasting one first."""

    chain: Chain
    onchain: OnchainListing
    plans: list[OnchainPlan]

    @property
    def is_listed(self) -> bool:
        """Whether its seller offers it now."""
        return self.onchain.state_now == ListingState.LISTED

    @property
    def first(self) -> OnchainPlan | None:
        """The plan that rows and cards show."""
        return self.plans[0] if self.plans else None

    def plan(self, kind: int) -> OnchainPlan | None:
        """Return the plan of that kind, if it is offered."""
        return next((plan for plan in self.plans if plan.plan == kind), None)


@dataclass(frozen=True)
class SaleTerms:
    """What every sale on a chain is made under: the protocol's part in 1/10,000, and seconds until money matures."""

    fee_bps: int
    refund_window: int

    @property
    def refund_days(self) -> int:
        """The refund window in days."""
        return self.refund_window // 86_400


@dataclass(frozen=True)
class FairUse:
    """What one pass or subscription may use: tokens within that many days, and streams at once."""

    tokens: int
    days: int
    streams: int

    @property
    def answers(self) -> int:
        """How many answers of usual length that is."""
        return self.tokens // ANSWER_TOKENS


def offers_of(listing_ids: Iterable[int]) -> dict[int, Offer]:
    """Return the offers of those of the listings that are on a chain. Three queries, whatever their number."""
    adoptions = list(Adoption.objects.filter(listing__in=listing_ids).select_related("chain").order_by("pk"))
    keys = {(each.chain_id, each.model_id) for each in adoptions}
    folds = OnchainListing.objects.filter(model_id__in=[model for _, model in keys]).prefetch_related("plans")
    found = {(fold.chain_id, fold.model_id): fold for fold in folds}
    return {
        each.listing_id: Offer(each.chain, fold, [plan for plan in fold.plans.all() if plan.plan in SOLD])
        for each in reversed(adoptions)  # of several, the first adopted counts
        if (fold := found.get((each.chain_id, each.model_id)))
    }


def sale_terms(chain: Chain) -> SaleTerms:
    """Return the terms of the next sale on a chain, as of its indexed head. One query."""
    values = dict(Parameter.objects.filter(chain=chain).values_list("key", "value"))
    return SaleTerms(values["feeBps"], values["refundWindow"])


def fair_use_of(metadata: str) -> FairUse | None:
    """Return what the metadata that a listing names on chain (``ipfs://…``) allows; None where it is not kept here."""
    document = MetadataDocument.objects.filter(cid=metadata.removeprefix("ipfs://")).first()
    if document is None:
        return None
    stated = json.loads(bytes(document.content)).get("fair_use", {})
    return FairUse(stated["tokens"], stated["days"], stated["streams"]) if stated else None


def sold_listings(**plan: object) -> QuerySet[Adoption, Any]:
    """Return the ids of the listings that ``for_sale`` has plans of: few, where it looks at every listing.

    ``plan`` are lookups that one of the plans has to fulfil.
    """
    plans = OnchainPlan.objects.filter(
        plan__in=SOLD,
        listing__state=ListingState.LISTED,
        listing__chain=OuterRef("chain"),
        listing__model_id=OuterRef("model_id"),
        **plan,
    ).exclude(listing__suspended_until__gt=Now())
    runs = Adoption.objects.filter(listing__suspension=None, listing__runtime__state=RuntimeState.READY)
    return runs.filter(Exists(plans)).values("listing")


def for_sale() -> QuerySet[OnchainPlan]:
    """Return, inside a query of listings, the plans that the outer one sells now, the one that rows show first.

    It says in SQL what ``Listing.purchase_refusal`` says in words; a test keeps them together.
    """
    adopted = Adoption.objects.filter(
        chain=OuterRef("listing__chain"),
        model_id=OuterRef("listing__model_id"),
        listing=OuterRef(OuterRef("pk")),
        listing__suspension=None,
        listing__runtime__state=RuntimeState.READY,
    )
    return (
        OnchainPlan.objects.filter(plan__in=SOLD, listing__state=ListingState.LISTED)
        .exclude(listing__suspended_until__gt=Now())
        .filter(Exists(adopted))
        .order_by("plan")
    )
