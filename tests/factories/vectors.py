"""Vectors for tests that need no engine."""

from django.utils import timezone

from marketplace.listings.models import Listing
from marketplace.search.index_models import DIMENSIONS, ListingVector


def towards(axis: int, share: float = 1.0) -> list[float]:
    """Return a vector of length 1 that has ``share`` of one axis and the rest of the axis after it."""
    vector = [0.0] * DIMENSIONS
    vector[axis], vector[axis + 1] = share, (1 - share**2) ** 0.5
    return vector


def give_vector(found: Listing, vector: list[float]) -> None:
    ListingVector.objects.create(listing=found, digest="", embedding=vector, checked_at=timezone.now())
