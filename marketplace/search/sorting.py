"""The orders that a search can have, each total: a walk from page to page meets each listing once."""

from __future__ import annotations

from dataclasses import replace

from django.db.models import F, Subquery, Value
from django.db.models.functions import Coalesce, Lower

from common.fields import WeiField, bounded_wei
from common.pages import SortOrder, bounded_float, bounded_int, bounded_text, iso_date
from marketplace.listings.models import NO_DATE, NO_SIZE, RELEASED_DAY
from marketplace.listings.offers import for_sale, in_coin
from marketplace.onchain.models.listings import NOT_OFFERED

RELEVANCE, RUNNING, NEWEST, CHEAPEST = "relevance", "running", "newest", "cheapest"
BEFORE_ALL = 10_000_000  # days that what can be bought is put before the rest

ORDERS = {
    order.name: order
    for order in (
        SortOrder(RUNNING, RELEASED_DAY, descending=True, parse=bounded_int),
        SortOrder(NEWEST, Coalesce("released", Value(NO_DATE)), descending=True, parse=iso_date),
        SortOrder("name", Lower("name"), descending=False, parse=bounded_text),
        SortOrder("smallest", Coalesce("parameters", Value(NO_SIZE)), descending=False, parse=bounded_int),
        SortOrder(CHEAPEST, Value(NOT_OFFERED, output_field=WeiField()), descending=False, parse=bounded_wei),
        SortOrder("largest", Coalesce("parameters", Value(-1)), descending=True, parse=bounded_int),
        SortOrder("trending", F("trend"), descending=True, parse=bounded_float),
        SortOrder("most-used", F("uses"), descending=True, parse=bounded_int),
    )
}

# What is for sale is few and comes first, by a key of its own: with it in one key no index could be walked.
FOR_SALE_FIRST = {
    RUNNING: replace(ORDERS[RUNNING], key=RELEASED_DAY + BEFORE_ALL),
    CHEAPEST: replace(
        ORDERS[CHEAPEST],
        key=Coalesce(Subquery(for_sale().annotate(wei=in_coin()).values("wei")[:1]), ORDERS[CHEAPEST].key),
    ),
}
