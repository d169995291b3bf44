"""Listings, their versions, and accounts as what moderators decide about."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Now

from accounts.addresses import checksum
from accounts.models import User
from accounts.restrictions import Restriction, lift_restrictions, restrict
from common.text import well_formed
from marketplace.ground.contents import Kind, Subject, register
from marketplace.ground.decisions import Content, ModerationDecision
from marketplace.listings.models import Listing
from marketplace.listings.versions import Adoption, Version, VersionQuerySet
from marketplace.onchain.models.listings import OnchainListing


def register_kinds() -> None:
    """Let listings, versions of theirs and accounts be decided about."""
    register(
        Kind(Content.LISTING, find_listing, _lock_listing, _mark_listing, partial(_mark_listing, column="label")),
        Kind(Content.VERSION, find_version, _lock_version, _mark_version),
        Kind(Content.ACCOUNT, find_account, _lock_account, _mark_account),
    )


def find_listing(key: str) -> Subject | None:
    """Return a listing by ``owner/name``. One query."""
    listings = Listing.objects.named(key).without_index().select_related("owner__user", "suspension", "label")
    place = Subquery(_adoptions().order_by("pk").values("chain__short_name")[:1])
    found = listings.annotate(place=place, suspended_until=Subquery(_suspensions())).first()
    if found is None:
        return None
    author = found.owner.user.address if found.owner.user else ""
    return Subject(
        content=Content.LISTING,
        key=found.name,
        title=found.name,
        path=found.get_absolute_url(),
        author=author,
        text=str(found.facts.get("summary") or ""),
        at=found.created_at,
        parties=frozenset({author} - {""}),
        decision=found.suspension,
        labelled=found.label,
        facts={
            "listing": found,
            "is_sold": bool(getattr(found, "place", None)),
            "chain": getattr(found, "place", None),
            "suspended_until": getattr(found, "suspended_until", None),
        },
    )


def find_version(key: str) -> Subject | None:
    """Return the release of ``owner/name@1.0.0``. Two queries."""
    version = _versions(key).select_related("decision", "listing").first()
    found = find_listing(version.listing.name) if version else None
    if version is None or found is None:
        return None
    return replace(
        found,
        content=Content.VERSION,
        key=version.key,
        title=f"{found.title} {version.number}",
        path=version.get_absolute_url(),
        text=version.changelog or found.text,
        at=version.created_at,
        decision=version.decision,
        labelled=None,
        facts={"listing": version.listing, "of_listing": found.key, "number": version.number},
    )


def _versions(key: str) -> VersionQuerySet:
    name, _, number = well_formed(key).partition("@")
    listings = Listing.objects.named(name) if number else Listing.objects.none()
    return Version.objects.filter(listing__in=listings.values("pk"), number=number)


def _lock_version(key: str) -> object:
    # The listing as well: what is for sale of it follows from the release that the chain names.
    _lock_listing(key.partition("@")[0])
    return _versions(key).select_for_update(of=("self",)).values_list("pk", flat=True).first()


def _mark_version(key: str, decision: ModerationDecision | None) -> object:
    return _versions(key).update(decision=decision)


def _adoptions() -> QuerySet[Adoption]:
    return Adoption.objects.filter(listing=OuterRef("pk"))


def _suspensions() -> QuerySet[OnchainListing, datetime | None]:
    """Return until when the sale of a listing is suspended on a chain, if it is."""
    adopted = Adoption.objects.filter(listing=OuterRef(OuterRef("pk")))
    places = adopted.filter(chain=OuterRef("chain"), model_id=OuterRef("model_id"))
    found = OnchainListing.objects.filter(Exists(places), suspended_until__gt=Now())
    return found.order_by("-suspended_until").values_list("suspended_until", flat=True)[:1]


def _lock_listing(key: str) -> object:
    return Listing.objects.named(key).select_for_update(of=("self",)).values_list("pk", flat=True).first()


def _mark_listing(key: str, decision: ModerationDecision | None, column: str = "suspension") -> object:
    return Listing.objects.named(key).update(**{column: decision})


def find_account(key: str) -> Subject | None:
    """Return an account by its address. Two queries, and a third while it is paused."""
    user = User.objects.filter(address=key.lower()).first()
    if user is None:
        return None
    held = Restriction.objects.in_force().filter(address=user.address).order_by("-decision").first()
    decision = ModerationDecision.objects.filter(pk=held.decision).first() if held else None
    return Subject(
        content=Content.ACCOUNT,
        key=user.address,
        title=checksum(user.address),
        path=f"/u/{user.checksum}",
        author=user.address,
        at=user.date_joined,
        parties=frozenset({user.address}),
        decision=decision,
    )


def _lock_account(key: str) -> object:
    return User.objects.filter(address=key.lower()).select_for_update().values_list("pk", flat=True).first()


def _mark_account(key: str, decision: ModerationDecision | None) -> object:
    if decision is None:
        return lift_restrictions(address=key)
    return restrict(address=key, scopes=decision.scopes, decision=decision.pk, until=decision.until)
