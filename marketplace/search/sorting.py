"""The orders that a search can have, each total: a walk from page to page meets each listing once."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from operator import or_

from django.db.models import Case, Expression, F, Q, Value, When
from django.db.models.functions import Coalesce, Least, Lower

from common.fields import WeiField, bounded_wei
from common.pages import SortOrder, bounded_float, bounded_int, bounded_text, iso_date
from marketplace.listings.models import NO_DATE, NO_SIZE, RELEASED_DAY, ListingQuerySet
from marketplace.listings.offers import free_listings, sold_listings, year_in_coin
from marketplace.listings.runtime import ENOUGH, RuntimeState
from marketplace.onchain.models.listings import NOT_OFFERED

RELEVANCE, RUNNING, NEWEST, CHEAPEST, TRENDING = "relevance", "running", "newest", "cheapest", "trending"
RATING, FASTEST = "rating", "fastest"
NEVER, AFTER = 2**31 - 1, 2**30  # milliseconds, in an integer's column
BEFORE = 10_000_000  # days that what can be bought is put before what can be tried, and that before the rest

ORDERS = {
    order.name: order
    for order in (
        SortOrder(RUNNING, RELEASED_DAY, descending=True, parse=bounded_int),
        SortOrder(NEWEST, Coalesce("released", Value(NO_DATE)), descending=True, parse=iso_date),
        SortOrder("name", Lower("name"), descending=False, parse=bounded_text),
        SortOrder("smallest", Coalesce("parameters", Value(NO_SIZE)), descending=False, parse=bounded_int),
        SortOrder(CHEAPEST, Value(NOT_OFFERED, output_field=WeiField()), descending=False, parse=bounded_wei),
        SortOrder("largest", Coalesce("parameters", Value(-1)), descending=True, parse=bounded_int),
        SortOrder(TRENDING, F("trend"), descending=True, parse=bounded_float),
        SortOrder("most-used", F("uses"), descending=True, parse=bounded_int),
        SortOrder(RATING, Value(0), descending=True, parse=bounded_int),  # of what has no score
        SortOrder(FASTEST, Value(NEVER), descending=False, parse=bounded_int),  # of what was not measured
    )
}

_SOLD = Q(pk__in=sold_listings())
_RUNS = _SOLD | Q(pk__in=free_listings())
_LAST = [Value(NOT_OFFERED - place, output_field=WeiField()) for place in (2, 1)]  # no price is known; there is none

# The parts that an order begins with, where the rest has nothing to be put in order by, and what they are put in by.
_MEASURED = Q(runtime__first_token_p50_ms__isnull=False, runtime__state=RuntimeState.READY)
_HAVING: dict[str, list[tuple[Q, Expression | F]]] = {
    RATING: [(Q(review_score__score__isnull=False), F("review_score__score"))],
    FASTEST: [
        (_MEASURED & Q(runtime__measured__gte=ENOUGH), F("runtime__first_token_p50_ms")),
        # What was measured a few times follows, in its own order: it says less.
        (_MEASURED & Q(runtime__measured__lt=ENOUGH), Coalesce("runtime__first_token_p50_ms", Value(0)) + AFTER),
    ],
}

# What runs here is few and comes first, by a key of its own: with it in one key no index could be walked.
_FIRST = {
    RUNNING: replace(
        ORDERS[RUNNING],
        key=RELEASED_DAY + Case(When(_SOLD, then=Value(2 * BEFORE)), default=Value(BEFORE)),
    ),
    CHEAPEST: replace(
        ORDERS[CHEAPEST],
        key=Case(When(_SOLD, then=Least(Coalesce(year_in_coin(), _LAST[0]), _LAST[0])), default=_LAST[1]),
    ),
}


def parts_in(found: ListingQuerySet, order: SortOrder) -> list[tuple[ListingQuerySet, SortOrder]]:
    """Return what follows one another in an order: what is for sale, what can be tried, the rest; what is rated or
    measured, the rest; or all at once."""
    if order.name in _HAVING:
        parts = [(found.filter(having), replace(order, key=key)) for having, key in _HAVING[order.name]]
        having_none = ~reduce(or_, (having for having, _key in _HAVING[order.name]))
        return [*parts, (found.filter(having_none), order)]
    first = _FIRST.get(order.name)
    return [(found, order)] if first is None else [(found.filter(_RUNS), first), (found.exclude(_RUNS), order)]
