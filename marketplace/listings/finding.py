"""Finding a listing by its name."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject, Lower

from common.statements import Found, Given, Statement

from .errors import ListingHiddenError, ListingNotFoundError
from .gates import gates_of
from .models import Listing
from .runtime import RuntimeSample
from .versions import Version

MOST_HIDDEN = 5  # releases that a page names
MOVING = ("state_since", "checked_at")


@cache
def listings_named() -> Statement[Listing]:
    """Return the statement for the listing of a name (``name``, in lower case)."""
    named = (
        Listing.objects.without_index()
        # The row is the key of the kept page, and a time that moves with each look would change it; figures do so only
        # when something was measured.
        .defer("created_at", "review_score__reckoned_at", "owner__created_at", *(f"runtime__{name}" for name in MOVING))
        .alias(lower_name=Lower("name"))
        .filter(lower_name=Given("name"))
        # What is plotted of it follows from when it was measured last.
        .annotate(
            hidden_releases=ArraySubquery(_hidden_releases()),
            sampled_at=Subquery(RuntimeSample.objects.filter(listing=OuterRef("pk")).order_by("-at").values("at")[:1]),
            is_gated=Exists(gates_of(OuterRef("name"))),
        )
    )
    return Statement(named.select_related("owner", "runtime", "suspension", "label", "review_score"))


def _hidden_releases() -> QuerySet[Version, Any]:
    said = JSONObject(number="number", category="decision__category", reason="decision__reason")
    return Version.objects.hidden().filter(listing=OuterRef("pk")).order_by("-pk").values(said=said)[:MOST_HIDDEN]


def found_listing(owner: str, name: str) -> Found[Listing]:
    """Return what there is of a name, whatever its case; raises ListingNotFoundError."""
    found = listings_named().find(name=f"{owner}/{name}".lower())
    if not found:
        raise ListingNotFoundError
    return found


def find_listing(owner: str, name: str) -> Listing:
    """Return a listing by name, whatever its case; raises ListingNotFoundError."""
    return found_listing(owner, name)[0]


def refuse_hidden(listing: Listing | None) -> None:
    """Raise ListingHiddenError for what a moderator has hidden: nobody is to pay for it, whoever sells it."""
    if listing and (hidden := listing.suspension):
        raise ListingHiddenError(listing.purchase_refusal, category=hidden.category, reason=hidden.reason)
    if listing and listing.offer and (release := listing.offer.hidden_release):
        raise ListingHiddenError(listing.purchase_refusal, category=release["category"], reason=release["reason"])
