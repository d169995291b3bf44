"""A score as lists and other pages show it: “4.4”, and in a line."""

from __future__ import annotations

from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import ngettext

from marketplace.listings.models import Listing

from .score_models import ModelScore

STAR = 1_000  # what a score counts a star as


def in_stars(value: int | None) -> str:
    """Write 1/1,000 of a star as it is read, rounded half up: 4450 as “4.5”; nothing for nothing."""
    return "" if value is None else number_format(Decimal((value + STAR // 20) // (STAR // 10)) / 10, 1)


def score_row(listing: Listing) -> ModelScore | None:
    """Return what was reckoned of a listing's reviews, read with it; None where it never had one."""
    # A reverse one-to-one without a row raises a kind of AttributeError.
    found: ModelScore | None = getattr(listing, "review_score", None)
    return found


def score_of(listing: Listing) -> ModelScore | None:
    """Return the score of a listing that was read with it; None where nothing counts."""
    found = score_row(listing)
    return found if found is not None and found.score is not None else None


def said_of(score: ModelScore | None) -> str:
    """Return a score in a line: “4.4 of 5, 31 reviews”; "" where nothing counts."""
    if score is None or score.score is None:
        return ""
    said = ngettext("%(score)s of 5, %(n)s review", "%(score)s of 5, %(n)s reviews", score.count)
    return said % {"score": in_stars(score.score), "n": score.count}
