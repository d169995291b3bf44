"""Who holds a model, and telling them about its releases: each thing once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from accounts.notifications.making import notify
from marketplace.listings.models import Listing
from marketplace.listings.versions import Adoption, Version
from marketplace.onchain.entitlements import Kind, entitlement
from marketplace.onchain.models.listings import Plan
from marketplace.onchain.models.passes import PassTransferFact
from marketplace.onchain.models.sales import PurchaseFact

from .actions import DEPRECATED, YANKED
from .notices import DEPRECATED as DEPRECATED_KIND
from .notices import RELEASED as RELEASED_KIND
from .notices import YANKED as YANKED_KIND

RELEASED = "released"
LONGEST = timedelta(days=2 * 366)  # that a subscription can have begun ago and still go on
HOLDS = (Kind.PASS, Kind.SUBSCRIPTION)
MOST_TEXT = 300


def holders_of(listing: Listing) -> Iterator[User]:
    """Yield the users who hold a pass of a listing, or whose subscription goes on. Three queries a candidate."""
    for adoption in Adoption.objects.filter(listing=listing).select_related("chain"):
        own = {"chain": adoption.chain, "model_id": adoption.model_id}
        since = timezone.now() - LONGEST
        passes = PassTransferFact.objects.filter(**own).values("recipient")
        months = PurchaseFact.objects.filter(**own, plan=Plan.SUBSCRIPTION, time__gt=since).values("recipient")
        for user in User.objects.filter(Q(address__in=passes) | Q(address__in=months)).order_by("pk").iterator():
            if entitlement(user.address, adoption.chain, adoption.model_id).kind in HOLDS:
                yield user


def tell_holders(version: Version, what: str) -> int:
    """Tell a model's holders what became of a release, as it stands now; return how many were told."""
    said = _said(version, what)
    if said is None:
        return 0
    kind, key, text, at = said
    data: dict[str, Any] = {"listing": version.listing.name, "number": version.number, "text": text[:MOST_TEXT]}
    return sum(notify(user=user, kind=kind, key=key, data=data, happened_at=at) for user in holders_of(version.listing))


def _said(version: Version, what: str) -> tuple[str, str, str, datetime] | None:
    """Return kind, key, text and time of what holds now: what was taken back meanwhile is told to nobody."""
    if what == DEPRECATED and version.deprecated_at:
        at = version.deprecated_at
        return DEPRECATED_KIND.name, f"{version.key}/{at.timestamp()}", version.deprecation, at
    if what == YANKED and version.yanked_at:
        at = version.yanked_at
        return YANKED_KIND.name, f"{version.key}/{at.timestamp()}", version.yank_reason, at
    if what == RELEASED:
        return RELEASED_KIND.name, version.key, version.changelog, version.created_at
    return None
