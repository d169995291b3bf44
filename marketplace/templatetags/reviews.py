"""What templates say of a review: bands of use and spending, its parts, why it does not count."""

from __future__ import annotations

from django import template

from marketplace.reviews.score_view import outside_reason as reason_of
from marketplace.scores.bands import spent_band, used_band
from marketplace.scores.models import PART_WORDS, PARTS, Review
from marketplace.scores.showing import in_stars, score_of

register = template.Library()
register.filter("used_band", used_band)
register.filter("score_of", score_of)
register.filter("in_stars", in_stars)
register.filter("spent_band", spent_band)


@register.filter
def outside_reason(review: Review) -> str:
    """Return why it does not count; "" where it does."""
    return reason_of(review.standing)


@register.filter
def rated_parts(review: Review) -> list[tuple[str, int]]:
    """Return what its author rated besides the whole: words and 1 to 5."""
    return [(str(PART_WORDS[part]), value) for part in PARTS if (value := getattr(review, part)) is not None]
