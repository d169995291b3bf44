"""What a search can be narrowed by. Values within a facet widen it (any of them), facets narrow each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from itertools import chain
from operator import or_

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Expression,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, NullIf
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from common.templatetags.look import compact
from marketplace.listings.models import NO_DATE, NO_SIZE
from marketplace.listings.offers import free_listings, sold_listings
from marketplace.listings.runtime import ListingRuntime, RuntimeState
from marketplace.listings.taxonomy import (
    CONDITIONS,
    LICENCES_BY_RIGHT,
    SIZES,
    UNKNOWN,
    USES,
    language_name,
    library_label,
    licence_label,
    modality_label,
    size_label,
    task_label,
)
from marketplace.listings.versions import Adoption

from .typed import day_of

FOR_SALE, FREE_TO_TRY, REFERENCE = "for-sale", "free-to-try", "reference"
KINDS: dict[str, StrOrPromise] = {FOR_SALE: _("For sale"), FREE_TO_TRY: _("Free to try"), REFERENCE: _("Reference")}
YES, NO = "yes", "no"
FREE, PAID = "free", "paid"
MOST_VALUES = 40

# Parameters at which the histogram of sizes goes on to its next bar: 1, 2 and 5 M, 10, 20 and 50 M, up to 1 T.
EDGES = (*(figure * 10**power for power in range(6, 12) for figure in (1, 2, 5)), 10**12)
BARS = len(EDGES) + 1


@dataclass(frozen=True)
class Facet:
    """One way of narrowing; ``name`` is its parameter in addresses, ``value`` a listing's value in SQL, as text.

    A listing that states nothing has the value ``unknown``. Where one ``has_several``, ``value`` is an array, and the
    listing counts once for each of it.
    """

    name: str
    title: StrOrPromise
    value: Expression
    matches: Callable[[str], Q]
    label: Callable[[str], str]
    has_several: bool = False

    def condition(self, chosen: Iterable[str]) -> Q:
        """Return what a listing must fulfil to have any of the chosen values."""
        return reduce(or_, map(self.matches, chosen))


def _of_word(name: str, title: StrOrPromise, matches: Callable[[str], Q], label: Callable[[str], str]) -> Facet:
    """Return the facet of a column of its name that holds one word; an empty one states nothing."""
    return Facet(name, title, Coalesce(NullIf(name, Value("")), Value(UNKNOWN)), matches, label)


def _task(value: str) -> Q:
    """A pipeline tag, or a use, which stands for all tags that serve it."""
    if value in USES:
        return Q(task__in={value, *USES[value].tasks})
    return Q(task="" if value == UNKNOWN else value)


def _licence(value: str) -> Q:
    """A licence, or what licences let people do, which stands for all that do."""
    if value in LICENCES_BY_RIGHT:
        return Q(license__in=LICENCES_BY_RIGHT[value])
    if value == CONDITIONS:
        return ~Q(license__in={"", *chain.from_iterable(LICENCES_BY_RIGHT.values())})
    return Q(license="" if value == UNKNOWN else value)


def _of_words(name: str, title: StrOrPromise, field: str, label: Callable[[str], str]) -> Facet:
    """Return the facet of a column that holds several words: a listing counts once for each of them."""

    def matches(value: str) -> Q:
        return Q((field, [])) if value == UNKNOWN else Q((f"{field}__contains", [value]))

    words = ArrayField(CharField())
    unstated = When(matches(UNKNOWN), then=Value([UNKNOWN], output_field=words))
    stated = Case(unstated, default=field, output_field=words)
    return Facet(name, title, stated, matches, label, has_several=True)


def _size(value: str) -> Q:
    if value not in SIZES:
        # ``Q(pk=None)`` finds nothing, which is what a value that does not exist should find.
        return Q(parameters=None) if value == UNKNOWN else Q(pk=None)
    _label, low, high = SIZES[value]
    return Q(parameters__gte=low, **({"parameters__lt": high} if high else {}))


def _bar(value: str) -> int | None:
    """Return the place of a bar of the histogram that a text names, if it names one."""
    place = int(value) if value.isascii() and value.isdigit() and len(value) < len("100") else BARS
    return place if place < BARS else None


def _magnitude(value: str) -> Q:
    """The listings of one bar of the histogram of sizes, by its place from 0."""
    if value == UNKNOWN:
        return Q(parameters=None)
    place = _bar(value)
    if place is None:
        return Q(pk=None)
    low = Q(parameters__gte=EDGES[place - 1]) if place else Q(parameters__isnull=False)
    return low & Q(parameters__lt=EDGES[place]) if place < len(EDGES) else low


def _of_magnitude() -> Coalesce:
    edges = Value(list(EDGES), output_field=ArrayField(BigIntegerField()))
    place = Func(F("parameters"), edges, function="width_bucket", output_field=IntegerField())
    return Coalesce(Cast(place, CharField()), Value(UNKNOWN))


def magnitude_label(value: str) -> str:
    """Return between which sizes a bar of the histogram stands."""
    place = _bar(value)
    if place is None:
        return size_label(value)
    if not place:
        return gettext("Under %(size)s") % {"size": compact(EDGES[0])}
    if place == len(EDGES):
        return gettext("Over %(size)s") % {"size": compact(EDGES[-1])}
    return f"{compact(EDGES[place - 1])} – {compact(EDGES[place])}"


# What is on a chain or runs is few: listed once and looked up, where a subquery for each listing would be run for all.
def _availability(value: str) -> Q:
    if value not in KINDS:
        return Q(pk=None)
    sold, free = Q(pk__in=sold_listings()), Q(pk__in=free_listings())
    return {FOR_SALE: sold, FREE_TO_TRY: free, REFERENCE: ~(sold | free)}[value]


def _runnable(value: str) -> Q:
    if value not in (YES, NO):
        return Q(pk=None)
    ready = Q(pk__in=ListingRuntime.objects.filter(state=RuntimeState.READY).values("listing"))
    return ready if value == YES else ~ready


def _price(value: str) -> Q:
    """Paid is of what is for sale, and free what is sold for nothing or can be tried; the rest states no price."""
    sold, free = Q(pk__in=sold_listings()), Q(pk__in=free_listings())
    asked = {
        FREE: Q(pk__in=sold_listings(price=0)) | free,
        PAID: Q(pk__in=sold_listings(price__gt=0)),
        UNKNOWN: ~(sold | free),
    }
    return asked.get(value, Q(pk=None))


def _chain(value: str) -> Q:
    """The chain that a listing has a place on."""
    placed = Adoption.objects.order_by().values("listing")
    return ~Q(pk__in=placed) if value == UNKNOWN else Q(pk__in=placed.filter(chain__short_name=value))


def _first_chain() -> Case:
    first = Adoption.objects.filter(listing=OuterRef("pk")).order_by("pk").values("chain__short_name")[:1]
    return Case(When(_chain(UNKNOWN), then=Value(UNKNOWN)), default=Subquery(first), output_field=CharField())


def _chain_label(value: str) -> str:
    return str(_("On no chain")) if value == UNKNOWN else value


def _cases(values: Iterable[str], matches: Callable[[str], Q], default: str) -> Case:
    whens = [When(matches(value), then=Value(value)) for value in values]
    return Case(*whens, default=Value(default), output_field=CharField())


RANGES = {
    "params": ("parameters", _("Parameters")),
    "context": ("max_tokens", _("Context in tokens")),
    "dims": ("embedding_dim", _("Dimensions")),
    "released": ("released", _("Released")),
}
# What the indexes of the orders hold of a figure, for a lowest bound alone and for a highest.
ORDERED = {
    "parameters": (Coalesce("parameters", Value(-1)), Coalesce("parameters", Value(NO_SIZE))),
    "released": (Coalesce("released", Value(NO_DATE)), Coalesce("released", Value(NO_DATE))),
}


def within_range(name: str, bounds: tuple[Decimal | None, Decimal | None]) -> Q:
    """Return the condition that a figure lies within bounds, both included; what is not stated does not."""
    field, _title = RANGES[name]
    low, high = (
        None
        if bound is None
        else day_of(bound, last=bool(is_high))
        if field == "released"
        # More than a bigint holds would be an error of the database.
        else min(int(bound), NO_SIZE)
        for is_high, bound in enumerate(bounds)
    )
    found = Q(**{f"{field}__isnull": False})
    key: Expression | F = ORDERED[field][high is not None] if field in ORDERED else F(field)
    if low is not None:
        found &= Q(GreaterThanOrEqual(key, low))
    if high is not None:
        found &= Q(LessThanOrEqual(key, high))
    return found


FACETS = (
    Facet(
        "availability",
        _("Availability"),
        _cases([FOR_SALE, FREE_TO_TRY], _availability, REFERENCE),
        _availability,
        lambda value: str(KINDS.get(value, value)),
    ),
    _of_word("task", _("Task"), _task, task_label),
    _of_word("license", _("Licence"), _licence, licence_label),
    Facet(
        "size",
        _("Parameters"),
        _cases(SIZES, _size, UNKNOWN),
        _size,
        size_label,
    ),
    _of_words("modality", _("Kind of data"), "modalities", modality_label),
    _of_words("language", _("Language"), "languages", language_name),
    _of_words("library", _("Library"), "libraries", library_label),
    Facet(
        "runnable",
        _("Runs here now"),
        _cases([YES], _runnable, NO),
        _runnable,
        lambda value: str({YES: _("Yes"), NO: _("No")}.get(value, value)),
    ),
    Facet(
        "price",
        _("Price"),
        _cases([FREE, PAID], _price, UNKNOWN),
        _price,
        lambda value: str(
            {FREE: _("Free to try"), PAID: _("For a price"), UNKNOWN: _("Not for sale")}.get(value, value)
        ),
    ),
    Facet("chain", _("Chain"), _first_chain(), _chain, _chain_label),
    Facet("magnitude", _("Parameters"), _of_magnitude(), _magnitude, magnitude_label),
)
