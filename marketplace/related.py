"""Models like a model: by what is known of them, and by where they come from."""

from __future__ import annotations

from django.db.models import F, Q
from pgvector.django import MaxInnerProduct

from .indexing import ListingVector
from .models import Listing
from .search import everything

SHOWN = 6


def related_to(listing: Listing) -> list[Listing]:
    """Return at most six listings near in meaning, the nearest first; without a vector, of the same origin."""
    others = everything().exclude(pk=listing.pk).without_index().select_related("owner")
    vector = ListingVector.objects.filter(pk=listing.pk).values("embedding")
    nearest = others.filter(vector__isnull=False).annotate(dot=MaxInnerProduct("vector__embedding", vector))
    near = list(nearest.filter(dot__isnull=False).order_by("dot")[:SHOWN])
    if near or not listing.adapted_from:
        return near
    kin = Q(adapted_from=listing.adapted_from) | Q(name=listing.adapted_from)
    return list(others.filter(kin).order_by(F("quality").desc(), "pk")[:SHOWN])
