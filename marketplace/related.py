"""Models like a model: by what is known of them, and by where they come from."""

from __future__ import annotations

from functools import cache

from django.db.models import F, Q
from pgvector.django import MaxInnerProduct

from common.statements import Found, Given, Statement

from .indexing import ListingVector
from .models import Listing, ListingQuerySet
from .search import everything, shown

SHOWN = 6


def related_to(listing: Listing, near: Found[Listing] | None = None) -> Found[Listing]:
    """Return at most six listings near in meaning, the nearest first; without a vector, of the same origin.

    ``near`` is what ``nearest`` has found, where it has been asked already.
    """
    near = nearest().find(pk=listing.pk) if near is None else near
    return near if near or not listing.adapted_from else kin().find(pk=listing.pk, parent=listing.adapted_from)


@cache
def nearest() -> Statement[Listing]:
    """Return the statement for what is near in meaning to a listing (``pk``)."""
    vector = ListingVector.objects.filter(pk=Given("pk")).values("embedding")
    near = _others().filter(vector__isnull=False).annotate(dot=MaxInnerProduct("vector__embedding", vector))
    return Statement(near.filter(dot__isnull=False).order_by("dot")[:SHOWN])


@cache
def kin() -> Statement[Listing]:
    """Return the statement for what has an origin (``parent``) in common with a listing (``pk``)."""
    same = Q(adapted_from=Given("parent")) | Q(name=Given("parent"))
    return Statement(_others().filter(same).order_by(F("quality").desc(), "pk")[:SHOWN])


def _others() -> ListingQuerySet:
    return shown(everything().exclude(pk=Given("pk")))
