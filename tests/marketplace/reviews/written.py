"""Reviews as rows, without wallets: for pages that show many."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from marketplace.listings.models import Listing
from marketplace.scores.models import Answer, Review, Standing
from marketplace.scores.reckoning import reckon

SINCE = datetime(2026, 1, 1, 12, tzinfo=UTC)
MANY = """
insert into marketplace_review (
    id, listing_id, chain_id, model_id, author, rating, delivers, text, version, number, cid, written_at, judged,
    standing, spent, used, is_first, stale, votes, helpful, leans_on
)
select gen_random_uuid(), %(listing)s, %(chain)s, %(model)s, '0x' || lpad(to_hex(n), 40, '0'), 1 + n %% 5, 1 + n %% 4,
    'Review ' || n, '1.0.0', 1, 'bafy' || n, %(since)s::timestamptz + n * interval '1 hour', 'counted', 'counted',
    n::numeric * 1000000000000, n * 10, false, false, n %% 7, n %% 7, 0
from generate_series(1, %(n)s) n
"""


def review(listing: Listing, n: int, **values: Any) -> Review:
    """Write a review by the n-th author, which counts unless it is said otherwise, and reckon the score again."""
    adoption = listing.adoptions.get()
    standing = values.setdefault("standing", Standing.COUNTED)
    given: dict[str, Any] = {
        "chain_id": adoption.chain_id,
        "model_id": adoption.model_id,
        "author": f"0x{n:040x}",
        "rating": 1 + n % 5,
        "text": f"Review {n}",
        "version": "1.0.0",
        "number": 1,
        "cid": f"bafy{n}",
        "written_at": SINCE + timedelta(hours=n),
        "judged": standing,
        **values,
    }
    made = Review.objects.create(listing=listing, **given)
    reckon(listing.pk)
    return made


def answer(review: Review, text: str, author: str) -> Answer:
    """Write the seller's answer."""
    return Answer.objects.create(review=review, author=author, text=text)


def many(listing: Listing, n: int) -> None:
    """Write so many reviews by one statement, and reckon the score."""
    adoption = listing.adoptions.get()
    given: dict[str, Any] = {
        "listing": listing.pk,
        "chain": adoption.chain_id,
        "model": adoption.model_id,
        "since": SINCE,
        "n": n,
    }
    with connection.cursor() as cursor:
        cursor.execute(MANY, given)
        cursor.execute("analyze marketplace_review")
    reckon(listing.pk)
