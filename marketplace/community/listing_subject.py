"""Listings as subjects of discussions."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Exists, F, OuterRef
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.listings.models import Listing
from marketplace.listings.versions import Adoption
from marketplace.onchain.models.sales import PurchaseFact

from .subjects import Badge, Badges, Kind, Topic

SUBJECT = "listing"
SELLER, PUBLISHER = Badge(_("Seller"), is_owner=True), Badge(_("Publisher"), is_owner=True)
BUYER = Badge(_("Buyer"))


def path(key: str) -> tuple[str, str]:
    """Return a listing's name and the path of its discussion."""
    return key, reverse("model-discussion", args=key.split("/", 1))


def find(key: str) -> Topic | None:
    """Return the listing of a name, whatever its case. One query."""
    sells = Exists(Adoption.objects.filter(listing=OuterRef("pk")))
    named = Listing.objects.named(key).without_index().select_related("owner__user").annotate(sells=sells)
    listing = named.first()
    return topic_of(listing, sells=bool(getattr(listing, "sells", False))) if listing else None


def topic_of(listing: Listing, *, sells: bool) -> Topic:
    """Return a listing as what is discussed."""
    names = [listing.owner_name, listing.model_name]
    user = listing.owner.user
    return Topic(
        subject=SUBJECT,
        key=listing.name,
        title=listing.name,
        path=listing.get_absolute_url(),
        discussion=reverse("model-discussion", args=names),
        feed=reverse("discussion-feed", args=names),
        api=f"/api/v1/listings/{listing.name}/discussion",
        owners=frozenset({user.address} if user else ()),
        owner_badge=SELLER if sells else PUBLISHER,
        crumbs=[
            (reverse("models"), _("Models")),
            (reverse("owner", args=[listing.owner_name]), listing.owner_name),
            (listing.get_absolute_url(), listing.model_name),
        ],
        is_hidden=listing.suspension_id is not None,
    )


def badges(topic: Topic, addresses: Collection[str]) -> Badges:
    """Say who of some addresses bought the model: by a purchase that is final and was not taken back. One query."""
    sold_as = Adoption.objects.filter(listing__name=topic.key, chain=OuterRef("chain"), model_id=OuterRef("model_id"))
    bought = PurchaseFact.objects.kept().filter(Exists(sold_as), buyer__in=addresses)
    final = bought.filter(block_number__lte=F("chain__cursor__number") - F("chain__confirmations"))
    return {address: [BUYER] for address in final.values_list("buyer", flat=True).distinct()}


def counted(key: str, comments: int) -> None:
    """Write how many comments are shown where the model's page reads it."""
    Listing.objects.filter(name=key).update(comments=comments)


def has_bought(address: str) -> bool:
    """Say whether an address has bought anything that is final and was not taken back. One query."""
    bought = PurchaseFact.objects.kept().filter(buyer=address)
    return bought.filter(block_number__lte=F("chain__cursor__number") - F("chain__confirmations")).exists()


KIND = Kind(SUBJECT, path, find, badges, counted)
