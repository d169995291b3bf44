"""What a seller has on chains, with what the catalogue has of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import JSONObject

from accounts.models import User
from contracts.models import AcceptedToken
from contracts.names import COIN
from marketplace.listings.access_lists import AccessList
from marketplace.listings.cards import Card
from marketplace.listings.models import Listing
from marketplace.listings.versions import Adoption
from marketplace.money.takings import Royalty
from marketplace.onchain.models.listings import OnchainListing, OnchainPlan

PLAN = ("id", "plan", "token", "price", "period")
# What the queries below add to a row.
STATED, HAS_LIST, UNPAYABLE = attrgetter("stated"), attrgetter("has_list"), attrgetter("is_unpayable")
PLACED = attrgetter("placed")


@dataclass(frozen=True)
class OwnModel:
    """A model that the seller has listed. ``listing`` is None where it is in no catalogue.

    ``is_list_lost``: only a list of buyers may buy it, and the list is not kept here. ``is_unpayable``: a plan is
    priced in a currency that the market does not take any more.
    """

    onchain: OnchainListing
    plans: list[OnchainPlan]
    listing: Listing | None
    is_list_lost: bool
    is_unpayable: bool

    @property
    def known(self) -> int:
        """How many of the eight facts of its card are recorded."""
        return Card(self.listing).known if self.listing else 0

    @property
    def first_token(self) -> float | None:
        """Seconds from question to first text, for half of the answers of the last day."""
        runtime = getattr(self.listing, "runtime", None)
        measured = runtime.first_token_p50_ms if runtime else None
        return None if measured is None else measured / 1000


@dataclass(frozen=True)
class Owned:
    """All that a seller has: on chains, and ``hidden``, what moderators have hidden of it."""

    models: list[OwnModel]
    hidden: list[Listing]

    @property
    def owner_name(self) -> str:
        """The name of the account that publishes them; empty where nothing is in the catalogue."""
        return next((model.listing.owner_name for model in self.models if model.listing), "")

    @property
    def royalties(self) -> dict[tuple[int, str], Royalty]:
        """What the models owe to those they derive from, by chain and model id."""
        folds = (model.onchain for model in self.models)
        return {(each.chain_id, each.model_id): Royalty(each.parent, each.royalty_bps) for each in folds if each.parent}


def owned_by(user: User) -> Owned:
    """Return what a user sells, in the order of listing. Two queries."""
    folds = list(_folds(user.address))
    listings = list(_listings(user, folds))
    placed = {(chain, model): listing for listing in listings for chain, model in _places(listing)}
    models = [
        OwnModel(
            fold,
            [OnchainPlan(listing=fold, **plan) for plan in STATED(fold)],
            placed.get((fold.chain_id, fold.model_id)),
            is_list_lost=bool(fold.access_list) and not HAS_LIST(fold),
            is_unpayable=UNPAYABLE(fold),
        )
        for fold in folds
    ]
    return Owned(models, [each for each in listings if each.suspension and each.owner.user_id == user.pk])


def _folds(seller: str) -> Iterable[OnchainListing]:
    plans = OnchainPlan.objects.filter(listing=OuterRef("pk")).order_by("plan")
    taken = AcceptedToken.objects.filter(chain=OuterRef("listing__chain"), address=OuterRef("token"), accepted=True)
    return (
        OnchainListing.objects.filter(seller=seller)
        .select_related("chain")
        .annotate(
            # In the row itself: a list of rows costs one query, plans included.
            stated=ArraySubquery(plans.values(stated=JSONObject(**{name: name for name in PLAN}))),
            has_list=Exists(AccessList.objects.filter(root=OuterRef("access_list"))),
            is_unpayable=Exists(plans.exclude(token=COIN).exclude(Exists(taken))),
        )
        .order_by("listed_block")
    )


def _listings(user: User, folds: list[OnchainListing]) -> Iterable[Listing]:
    adopted = Adoption.objects.filter(model_id__in=[fold.model_id for fold in folds])
    own = Adoption.objects.filter(listing=OuterRef("pk"))
    return (
        Listing.objects.without_index()
        .filter(Q(pk__in=adopted.values("listing")) | Q(owner__user=user, suspension__isnull=False))
        .select_related("owner", "runtime", "suspension")
        .annotate(placed=ArraySubquery(own.values(place=JSONObject(chain="chain_id", model="model_id"))))
    )


def _places(listing: Listing) -> list[tuple[int, str]]:
    return [(place["chain"], place["model"]) for place in PLACED(listing)]
