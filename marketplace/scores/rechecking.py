"""Reckons everything once more from the rows, and tells what differs from what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from django.db import transaction

from marketplace.listings.models import Listing

from .judging import judge_listing
from .models import Review
from .reckoning import lock_score
from .score_models import ModelScore

REVIEWED = ("judged", "standing", "spent", "used", "due")
SCORED = (
    *("score", "mean", "count", "shown", "stars", "parts", "left_out", "weight", "weighted", "prior_weight"),
    *("reference", "version"),
)
Values = dict[str, object]


class Difference(NamedTuple):
    """A value of a listing that was stored otherwise than it is reckoned."""

    listing: str
    what: str
    stored: object
    reckoned: object


def recompute(*, keep: bool) -> tuple[list[Difference], int]:
    """Judge and reckon every reviewed listing; return what has changed by it, and how many there were.

    Unless it is to ``keep`` what it reckoned, it leaves everything as it was.
    """
    listings = Listing.objects.filter(reviews__isnull=False).distinct().order_by("name")
    found = [each for listing in listings for each in _recomputed(listing, keep)]
    return found, len(listings)


@transaction.atomic
def _recomputed(listing: Listing, keep: bool) -> list[Difference]:
    lock_score(listing.pk)  # so that nobody changes a review between the two looks
    before = _stored(listing)
    judge_listing(listing.pk)
    after = _stored(listing)
    transaction.set_rollback(not keep)
    names = sorted({*before, *after})
    return [
        Difference(listing.name, name, before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    ]


def _stored(listing: Listing) -> Values:
    return dict(_values(listing))


def _values(listing: Listing) -> Iterator[tuple[str, object]]:
    for review in Review.objects.filter(listing=listing).values("id", *REVIEWED):
        yield from ((f"{name} of review {review['id']}", review[name]) for name in REVIEWED)
    for score in ModelScore.objects.filter(listing=listing).values(*SCORED):
        yield from ((name, score[name]) for name in SCORED)
