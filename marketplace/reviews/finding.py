"""Reads of a model's reviews for its pages: lists, the two that stand on the model's page, the score, one review."""

from __future__ import annotations

from functools import cache
from uuid import UUID

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum

from common.pages import KeysetChain
from common.statements import Given, Statement
from marketplace.listings.models import Listing
from marketplace.listings.versions import Version
from marketplace.scores.errors import ReviewNotFoundError
from marketplace.scores.models import Review, ReviewQuerySet, Use
from marketplace.scores.score_models import ModelScore

from .asked import Asked

A_PAGE = 20
MOST_COUNTED = 1_000  # reviews that a narrowed list is counted up to
BESIDE = 2  # reviews on the model's own page


def with_use(reviews: ReviewQuerySet) -> ReviewQuerySet:
    """Return reviews with their answers, the chain’s coin, on how many ``days`` their authors used it, since when."""
    used: QuerySet[Use] = Use.objects.filter(listing=OuterRef("listing"), address=OuterRef("author")).order_by()
    grouped = used.values("address")
    return reviews.select_related("answer").annotate(
        coin=F("chain__coin"),
        days=Subquery(grouped.annotate(sum=Sum("days")).values("sum")),
        since=Subquery(used.order_by("first_at").values("first_at")[:1]),
    )


def listed(pk: int, asked: Asked, cursor: str = "", *, limit: int = A_PAGE) -> KeysetChain[Review]:
    """Return a page of a listing's reviews, to be read. Raises CursorError."""
    found = asked.narrow(Review.objects.shown().filter(listing=pk))
    return KeysetChain([(with_use(found), asked.order)], limit=limit, cursor=cursor)


def count(pk: int, asked: Asked) -> int:
    """Return how many there are, one more than ``MOST_COUNTED`` for more. One query."""
    return asked.narrow(Review.objects.shown().filter(listing=pk))[: MOST_COUNTED + 1].count()


@cache
def scores() -> Statement[ModelScore]:
    """Return the statement for a listing's score (``pk``)."""
    # Without the time of the last reckoning: the page is the same where nothing else is new.
    return Statement(ModelScore.objects.filter(listing=Given("pk")).defer("reckoned_at"))


@cache
def best_reviews() -> Statement[Review]:
    """Return the statement for the reviews that stand on a listing's own page (``pk``): the most helpful."""
    found = with_use(Review.objects.shown().counted().filter(listing=Given("pk")))
    return Statement(found.order_by("-helpful", "-written_at", "pk")[:BESIDE])


@cache
def releases() -> Statement[Version]:
    """Return the statement for a listing's versions (``pk``), the newest first."""
    return Statement(Version.objects.filter(listing=Given("pk")).only("number").order_by("-created_at", "-pk")[:50])


def find_review(key: UUID | str) -> Review:
    """Return a review that anybody may read, with its listing and use. Raises ReviewNotFoundError."""
    found = with_use(Review.objects.shown().filter(pk=key)).select_related("answer", "listing__suspension").first()
    if found is None:
        raise ReviewNotFoundError
    return found


def of_author(author: str, listing: Listing | int) -> Review | None:
    """Return what an address has to say of a listing and has not withdrawn, hidden or not. One query."""
    return with_use(Review.objects.live().filter(author=author, listing=listing)).first()
