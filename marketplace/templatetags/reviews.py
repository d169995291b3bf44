"""What templates say of a review: bands of use and spending, its parts, why it does not count."""

from __future__ import annotations

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext as _

from common.money import format_units
from marketplace.reviews.score_view import outside_reason as reason_of
from marketplace.scores.bands import SPENT, USED, spent_band, used_band
from marketplace.scores.models import PART_WORDS, PARTS, Review
from marketplace.scores.showing import in_stars, score_of

register = template.Library()
register.filter("score_of", score_of)
register.filter("in_stars", in_stars)


@register.filter
def used_in_words(review: Review) -> str:
    """Return how much its author has run the model, as a band."""
    band = used_band(review)
    if not band.least:
        return _("not run here")
    words = {"n": intcomma(USED[2].least if band.least == 1 else band.least)}
    return (_("under %(n)s tokens") if band.least == 1 else _("over %(n)s tokens")) % words


@register.filter
def spent_in_words(review: Review) -> str:
    """Return what its author has paid and cannot have back, as a band in the chain's coin."""
    band, coin = spent_band(review), vars(review).get("coin", "")
    if not band.least:
        return _("can still be refunded")
    place = SPENT.index(band)
    if place == 1:
        return _("spent under %(n)s %(coin)s") % {"n": format_units(SPENT[2].least), "coin": coin}
    if band == SPENT[-1]:
        return _("spent over %(n)s %(coin)s") % {"n": format_units(band.least), "coin": coin}
    words = {"low": format_units(band.least), "high": format_units(SPENT[place + 1].least), "coin": coin}
    return _("spent %(low)s to %(high)s %(coin)s") % words


@register.filter
def outside_reason(review: Review) -> str:
    """Return why it does not count; "" where it does."""
    return reason_of(review.standing)


@register.filter
def rated_parts(review: Review) -> list[tuple[str, int]]:
    """Return what its author rated besides the whole: words and 1 to 5."""
    return [(str(PART_WORDS[part]), value) for part in PARTS if (value := getattr(review, part)) is not None]
