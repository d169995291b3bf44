"""Models related to a model: near in meaning, or of the same origin."""

from __future__ import annotations

from functools import cache

from django.db.models import F, Q
from pgvector.django import MaxInnerProduct

from common.statements import Found, Given, Statement
from marketplace.listings.lineage import beside
from marketplace.listings.models import Listing, ListingQuerySet, with_offers

from .index_models import ListingVector
from .rows import everything, shown

SHOWN = 6
NAMED = ("name", "task", "parameters")  # what a model's page says of others


def related_to(pk: int, origin: str, near: Found[Listing] | None = None) -> Found[Listing]:
    """Return at most six listings near in meaning, the nearest first; without a vector, of the same ``origin``.

    They are read with their names, tasks, sizes, whether they run and what they cost; ``as_listed`` reads the rest.
    ``near`` is what ``nearest`` has found, where it has been asked already.
    """
    near = nearest().find(pk=pk) if near is None else near
    return near if near or not origin else kin().find(pk=pk, parent=origin)


def as_listed(found: Found[Listing]) -> list[Listing]:
    """Return listings that were found with all that lists show of them, in the same order. Two queries."""
    whole = {each.pk: each for each in shown(everything().filter(pk__in=[each.pk for each in found]))}
    return with_offers([whole[each.pk] for each in found if each.pk in whole])


@cache
def nearest() -> Statement[Listing]:
    """Return the statement for what is near in meaning to a listing (``pk``)."""
    vector = ListingVector.objects.filter(pk=Given("pk")).values("embedding")
    near = _others().filter(vector__isnull=False).alias(dot=MaxInnerProduct("vector__embedding", vector))
    return Statement(near.filter(dot__isnull=False).order_by("dot")[:SHOWN])


@cache
def kin() -> Statement[Listing]:
    """Return the statement for what has an origin (``parent``) in common with a listing (``pk``)."""
    same = Q(adapted_from=Given("parent")) | Q(name=Given("parent"))
    return Statement(_others().filter(same).order_by(F("quality").desc(), "pk")[:SHOWN])


def _others() -> ListingQuerySet:
    return everything().exclude(pk=Given("pk")).only(*NAMED).annotate(**beside())
