"""How a listing stands on chain, for the page on which its seller changes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.utils import timezone

from contracts.currencies import Currency, currency_of
from contracts.models import AcceptedToken, Chain, Parameter
from contracts.money import ONE
from contracts.names import COIN
from marketplace.listings.access_lists import AccessList
from marketplace.onchain.models.listings import OnchainListing, OnchainPlan, Plan
from marketplace.onchain.models.pricing import DemandFact, OnchainPricing, OnchainRates, Rates

WHOLE = 10_000  # a split's parts together


@dataclass(frozen=True)
class PlanNow:
    """One kind of plan, with the offer of it if there is one, and the currency of that."""

    kind: Plan
    offer: OnchainPlan | None
    currency: Currency


@dataclass(frozen=True)
class RatesNow:
    """METERED rates in one currency: in force ``now``, and ``last``, which are in force from ``since``."""

    currency: Currency
    now: Rates | None
    last: Rates | None
    since: datetime
    is_waiting: bool


@dataclass(frozen=True)
class CurrentTerms:
    """All that a seller has set of a listing, as of the indexed ``head``. ``demand`` is a multiplier in 1e18."""

    listing: OnchainListing
    head: int
    currencies: list[Currency]
    plans: list[PlanNow]
    rates: list[RatesNow]
    pricing: OnchainPricing
    demand: int
    parameters: dict[str, int]
    members: list[str] | None

    @property
    def shares(self) -> list[tuple[str, int]]:
        """Who shares the next sale, with the parts; a split that was never set pays the seller alone."""
        return [(address, bps) for address, bps in self.listing.split] or [(self.listing.seller, WHOLE)]

    @property
    def multiplier(self) -> float:
        """Demand as people write it."""
        return self.demand / ONE

    @property
    def window_hours(self) -> int:
        """How long a window of demand is."""
        return self.parameters["demandWindow"] // 3_600

    @property
    def base(self) -> PlanNow | None:
        """The plan whose price serves as the example."""
        return next((plan for plan in self.plans if plan.offer and plan.offer.price), None)


def with_currencies(chains: QuerySet[Chain]) -> QuerySet[Chain]:
    """Read with chains which tokens each accepts: what ``currencies_of`` asks."""
    accepted = AcceptedToken.objects.filter(chain=OuterRef("pk"), accepted=True).order_by("address")
    return chains.annotate(accepted=ArraySubquery(accepted.values("address")))


def currencies_of(chain: Chain, *, again: bool = False) -> list[Currency]:
    """Return what can be paid in on a chain, the coin first. ``again`` as for ``currency_of``.

    One query, none where the chain was read ``with_currencies``.
    """
    tokens: list[str] | None = vars(chain).get("accepted")
    if tokens is None:
        accepted = AcceptedToken.objects.filter(chain=chain, accepted=True).order_by("address")
        tokens = list(accepted.values_list("address", flat=True))
    return [currency_of(chain, token, again=again) for token in [COIN, *tokens]]


def current_terms(listing: OnchainListing) -> CurrentTerms:
    """Return how a listing stands. Six queries, and one more where there is an access list."""
    chain = listing.chain
    own = {"chain": chain, "model_id": listing.model_id}
    demand = DemandFact.objects.filter(**own).order_by("-block_number", "-log_index").first()
    kept = AccessList.objects.filter(root=listing.access_list).first() if listing.access_list else None
    return CurrentTerms(
        listing=listing,
        head=chain.head(),
        currencies=currencies_of(chain),
        plans=_plans(listing),
        rates=[_rates(chain, each) for each in OnchainRates.objects.filter(**own).order_by("token")],
        # Not saved: terms that were never set are the contract's zeros.
        pricing=OnchainPricing.objects.filter(**own).first() or OnchainPricing(**own, changed_block=0),
        # As of the last sale: only the contract knows the present multiplier, which decays without events.
        demand=demand.new if demand else ONE,
        parameters=dict(Parameter.objects.filter(chain=chain).values_list("key", "value")),
        members=kept.members if kept else None,
    )


def _plans(listing: OnchainListing) -> list[PlanNow]:
    offered = {plan.plan: plan for plan in listing.plans.all()}
    found = []
    # Metered use has rates and no plan: it is shown, and set, apart.
    for kind in (Plan.LASTING, Plan.SUBSCRIPTION):
        offer = offered.get(kind)
        found.append(PlanNow(kind, offer, currency_of(listing.chain, offer.token if offer else COIN)))
    return found


def _rates(chain: Chain, kept: OnchainRates) -> RatesNow:
    # One moment for both, so that rates cannot be in force and still waiting.
    now = timezone.now()
    return RatesNow(
        currency_of(chain, kept.token), kept.at(now), kept.last, kept.last_from, is_waiting=kept.last_from > now
    )
