"""What a listing sells, and on which terms, as the chain has it: the reads behind every price and every Buy button."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Case,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Concat, JSONObject, Now

from common.fields import WeiField
from common.statements import Found, Given, Question, Statement, given_ids
from contracts.models import AcceptedToken, Chain, Parameter
from contracts.names import COIN
from marketplace.onchain.models.listings import ListingState, OnchainListing, OnchainPlan, Plan

from .delivery import delivering
from .runtime import ListingRuntime, RuntimeState
from .versions import Adoption, MetadataDocument, Version, hidden_on_sale

SOLD = (Plan.LASTING, Plan.SUBSCRIPTION)  # metered use is not bought: it is paid from the escrow
MOST_FAIR = {"tokens": 10**12, "days": 366, "streams": 100}  # of what metadata states; more is read as this
WEIGHED = 10**18  # smallest units that a token's weight is of
ANSWER_TOKENS = 200  # of an answer of usual length
PERIODS = 12  # of 30 days, the most that can be bought at once: what is called a year here
# What ``placed`` adds to a fold.
OF, SOLD_PLANS, HIDDEN_RELEASE = attrgetter("of"), attrgetter("sold"), attrgetter("hidden_release")
_HIDDEN = JSONObject(number="number", category="decision__category", reason="decision__reason")


@dataclass(frozen=True)
class Offer:
    """A listing's place on a chain, with the plans that can be bought there, the lasting one first."""

    chain: Chain
    onchain: OnchainListing
    plans: list[OnchainPlan]
    hidden_release: dict[str, str] | None = None  # number, category and reason, where moderators hid what is on sale

    @property
    def is_listed(self) -> bool:
        """Whether its seller offers it now."""
        return self.onchain.state_now == ListingState.LISTED

    @property
    def first(self) -> OnchainPlan | None:
        """The plan that rows and cards show."""
        return self.plans[0] if self.plans else None

    @property
    def for_a_year(self) -> tuple[OnchainPlan, int] | None:
        """The plan by which a year costs least, of those in the first one's currency, and what it then costs."""
        costs = [(plan, year_of(plan)) for plan in self.plans if plan.token == self.plans[0].token]
        return min(costs, key=lambda each: each[1], default=None)

    def plan(self, kind: int) -> OnchainPlan | None:
        """Return the plan of that kind, if it is offered."""
        return next((plan for plan in self.plans if plan.plan == kind), None)


def year_of(plan: OnchainPlan) -> int:
    """Return what a year costs by a plan, in the smallest unit: its price once, or that of twelve periods."""
    return plan.price * (PERIODS if plan.plan == Plan.SUBSCRIPTION else 1)


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


@cache
def placed() -> Statement[OnchainListing]:
    """Return the statement for what listings (``ids``) have on chains, those adopted last first.

    What of it depends on the time is a column too: a row that is equal to another shows the same.
    """
    ids = given_ids("ids")
    adopted = Adoption.objects.filter(chain=OuterRef("chain"), model_id=OuterRef("model_id"), listing__in=ids)
    # In the row itself, so that plans cost no query and count in the page's key.
    stated = JSONObject(**{name: name for name in ("id", "plan", "token", "price", "period")})
    plans = OnchainPlan.objects.filter(listing=OuterRef("pk"), plan__in=SOLD).order_by("plan").values(stated=stated)
    return Statement(
        OnchainListing.objects.select_related("chain")
        .filter(model_id__in=Adoption.objects.filter(listing__in=ids).values("model_id"))
        .annotate(
            of=Subquery(adopted.values("listing")),
            adopted=Subquery(adopted.values("pk")),
            sold=ArraySubquery(plans),
            # A suspension ends without an event; without this the kept page would not notice.
            is_suspended=Q(suspended_until__gt=Now()),
            hidden_release=Subquery(hidden_on_sale().values(stated=_HIDDEN)[:1]),
        )
        .filter(of__isnull=False)
        .order_by("-adopted")
    )


def offers_of(listing_ids: Iterable[int]) -> dict[int, Offer]:
    """Return the offers of those of the listings that are on a chain. One query, whatever their number."""
    return offers_in(on_chains(list(listing_ids)))


def on_chains(listing_ids: Sequence[int]) -> Found[OnchainListing]:
    """Return what those of the listings that are on a chain have there. One query; none for no listing."""
    return placed().find(ids=listing_ids) if listing_ids else Found(placed(), [])


def offers_in(folds: Iterable[OnchainListing]) -> dict[int, Offer]:
    """Return the offers, by listing, of what is on chains. Of several, the first adopted counts."""
    # In a dict the last one wins, and ``placed`` gives the first adopted last.
    return {OF(fold): _offer(fold) for fold in folds}


def _offer(fold: OnchainListing) -> Offer:
    plans = [OnchainPlan(listing=fold, **plan) for plan in SOLD_PLANS(fold)]
    return Offer(fold.chain, fold, plans, HIDDEN_RELEASE(fold))


@cache
def _parameters() -> Statement[Parameter]:
    return Statement(Parameter.objects.only("key", "value").filter(chain=Given("chain")))


@cache
def _documents() -> Statement[MetadataDocument]:
    return Statement(MetadataDocument.objects.only("content").filter(pk=Given("cid")))


def terms_asked(offer: Offer) -> list[Question[Any]]:
    """Return the questions that ``terms_in`` takes the answers of."""
    cid = _cid_in(offer.onchain.metadata)
    return [_parameters().asked(chain=offer.chain.pk), _documents().asked(cid=cid)]


def terms_in(found: Sequence[Found[Any]]) -> tuple[SaleTerms, FairUse | None]:
    """Return what the answers to ``terms_asked`` say. No query."""
    parameters, documents = found
    return _terms(parameters), _fair_use_in(bytes(documents[0].content)) if documents else None


def sale_terms(chain: Chain) -> SaleTerms:
    """Return the terms of the next sale on a chain, as of its indexed head. One query."""
    return _terms(_parameters().find(chain=chain.pk))


def _terms(parameters: Iterable[Parameter]) -> SaleTerms:
    values = {each.key: each.value for each in parameters}
    return SaleTerms(values["feeBps"], values["refundWindow"])


def _cid_in(metadata: str) -> str:
    return metadata.removeprefix("ipfs://")


def fair_use_of(metadata: str) -> FairUse | None:
    """Return what the metadata that a listing names on chain (``ipfs://…``) allows; None where it is not kept here."""
    return fair_uses([metadata]).get(metadata)


def fair_uses(metadata: Iterable[str]) -> dict[str, FairUse]:
    """Return the same for several, without those that state nothing. One query; none for none."""
    wanted = {_cid_in(each): each for each in metadata}
    kept = MetadataDocument.objects.filter(cid__in=wanted) if wanted else MetadataDocument.objects.none()
    read = {wanted[document.cid]: _fair_use_in(bytes(document.content)) for document in kept}
    return {address: use for address, use in read.items() if use}


def _fair_use_in(content: bytes) -> FairUse | None:
    try:
        said = json.loads(content)
    # A chain may name whatever is kept here: a card is no JSON.
    except (ValueError, RecursionError):
        said = None
    stated = said.get("fair_use") if isinstance(said, dict) else None
    found = {name: stated.get(name) for name in MOST_FAIR} if isinstance(stated, dict) else {}
    figures = {name: figure for name, figure in found.items() if type(figure) is int and figure > 0}
    if len(figures) < len(MOST_FAIR):
        return None
    return FairUse(**{name: min(figure, MOST_FAIR[name]) for name, figure in figures.items()})


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
    ).exclude(Q(listing__suspended_until__gt=Now()) | Exists(hidden_on_sale("listing__metadata")))
    gives = Adoption.objects.filter(delivering(), listing__suspension=None)
    return gives.filter(Exists(plans)).values("listing")


def hidden_releases(listings: QuerySet[Any]) -> QuerySet[Version]:
    """Return those releases of listings that moderators have hidden though a chain names them."""
    named = Concat(Value("ipfs://"), OuterRef("metadata"), output_field=TextField())
    adopted = Adoption.objects.filter(listing=OuterRef(OuterRef("listing"))).values("model_id")
    on_sale = OnchainListing.objects.filter(model_id__in=adopted, metadata=named)
    return Version.objects.hidden().filter(Exists(on_sale), listing__in=listings.values("pk"))


def free_listings() -> QuerySet[ListingRuntime, Any]:
    """Return the ids of the listings that run here though nobody sells them: few as well."""
    runs = ListingRuntime.objects.filter(state=RuntimeState.READY, listing__suspension=None)
    return runs.exclude(listing__in=Adoption.objects.values("listing")).values("listing")


def in_coin() -> Case:
    """Return, of plans, the price in wei of coin, to put them in order: tokens by the weight that the contracts give
    their fees, since no other rate is recorded. Never shown; NULL where a token has no weight."""
    accepted = AcceptedToken.objects.filter(chain=OuterRef("listing__chain"), address=OuterRef("token"))
    weighed = ExpressionWrapper(
        F("price") * Subquery(accepted.values("weight")) / Value(WEIGHED), output_field=WeiField()
    )
    told = Func(weighed, function="trunc", output_field=WeiField())
    return Case(When(token=COIN, then=F("price")), default=told, output_field=WeiField())


def year_in_coin() -> Subquery:
    """Return, of listings, what the cheapest way to a year of what they sell now costs, in wei of coin; else NULL."""
    year = Case(When(plan=Plan.SUBSCRIPTION, then=F("wei") * PERIODS), default=F("wei"), output_field=WeiField())
    return Subquery(for_sale().annotate(wei=in_coin(), year=year).order_by("year").values("year")[:1])


def for_sale() -> QuerySet[OnchainPlan]:
    """Return, inside a query of listings, the plans that the outer one sells now, the one that rows show first.

    It says in SQL what ``Listing.purchase_refusal`` says in words; a test keeps them together.
    """
    adopted = Adoption.objects.filter(
        delivering(),
        chain=OuterRef("listing__chain"),
        model_id=OuterRef("listing__model_id"),
        listing=OuterRef(OuterRef("pk")),
        listing__suspension=None,
    )
    return (
        OnchainPlan.objects.filter(plan__in=SOLD, listing__state=ListingState.LISTED)
        .exclude(Q(listing__suspended_until__gt=Now()) | Exists(hidden_on_sale("listing__metadata")))
        .filter(Exists(adopted))
        .order_by("plan")
    )
