"""What a search can be narrowed by. Values within a facet widen it (any of them), facets narrow each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce
from operator import or_

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    Expression,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from .models import Listing
from .offers import for_sale
from .publication import Adoption
from .runtime import ListingRuntime, RuntimeState
from .taxonomy import (
    SIZES,
    UNKNOWN,
    language_name,
    library_label,
    licence_label,
    modality_label,
    size_label,
    task_label,
)

FOR_SALE, REFERENCE = "for-sale", "reference"
YES, NO = "yes", "no"
FREE, PAID = "free", "paid"
MOST_VALUES = 40
MAX_CHOSEN = 20
CHAIN = Coalesce(
    Subquery(Adoption.objects.filter(listing=OuterRef("pk")).order_by("pk").values("chain__short_name")[:1]),
    Value(UNKNOWN),
)


FacetRows = QuerySet[Listing, tuple[str, str, int]]


@dataclass(frozen=True)
class Facet:
    """One way of narrowing; ``name`` is its parameter in addresses, ``value`` a listing's value in SQL, as text.

    A listing that states nothing has the value ``unknown``.
    """

    name: str
    title: StrOrPromise
    value: Expression
    matches: Callable[[str], Q]
    label: Callable[[str], str]

    def condition(self, chosen: Iterable[str]) -> Q:
        """Return what a listing must fulfil to have any of the chosen values."""
        return reduce(or_, map(self.matches, chosen))

    def counts(self, listings: QuerySet[Listing], chosen: Iterable[str]) -> list[FacetRows]:
        """Return querysets of (facet, value, listings): the most frequent values, and each chosen one."""
        frequent = self._rows(listings, self.value)[:MOST_VALUES]
        return [frequent] + [self._rows(listings.filter(self.matches(value)), _text(value)) for value in chosen]

    def _rows(self, listings: QuerySet[Listing], value: Expression) -> FacetRows:
        counted = listings.order_by().values(value=value).annotate(n=Count("pk"), facet=_text(self.name))
        return counted.order_by("-n", "value").values_list("facet", "value", "n")


def _text(value: str) -> Value:
    return Value(value, output_field=CharField())


def _of_word(name: str, title: StrOrPromise, field: str, label: Callable[[str], str]) -> Facet:
    """Return the facet of a column that holds one word; an empty one states nothing."""

    def matches(value: str) -> Q:
        return Q((field, "" if value == UNKNOWN else value))

    return Facet(name, title, Coalesce(NullIf(field, Value("")), Value(UNKNOWN)), matches, label)


def _of_words(name: str, title: StrOrPromise, field: str, label: Callable[[str], str]) -> Facet:
    """Return the facet of a column that holds several words: a listing counts once for each of them."""

    def matches(value: str) -> Q:
        return Q((field, [])) if value == UNKNOWN else Q((f"{field}__contains", [value]))

    words = ArrayField(CharField())
    unstated = When(matches(UNKNOWN), then=Value([UNKNOWN], output_field=words))
    stated = Case(unstated, default=field, output_field=words)
    return Facet(
        name, title, Func(stated, function="unnest", output_field=CharField(), set_returning=True), matches, label
    )


def _size(value: str) -> Q:
    if value not in SIZES:
        return Q(parameters=None) if value == UNKNOWN else Q(pk=None)
    _label, low, high = SIZES[value]
    return Q(parameters__gte=low, **({"parameters__lt": high} if high else {}))


def _availability(value: str) -> Q:
    if value not in (FOR_SALE, REFERENCE):
        return Q(pk=None)
    return Q(Exists(for_sale())) if value == FOR_SALE else ~Q(Exists(for_sale()))


def _runnable(value: str) -> Q:
    if value not in (YES, NO):
        return Q(pk=None)
    ready = Exists(ListingRuntime.objects.filter(listing=OuterRef("pk"), state=RuntimeState.READY))
    return Q(ready) if value == YES else ~Q(ready)


def _price(value: str) -> Q:
    """Free and paid are of what is for sale; the rest states no price."""
    bounds = {FREE: {"price": 0}, PAID: {"price__gt": 0}}
    if value == UNKNOWN:
        return ~Q(Exists(for_sale()))
    return Q(Exists(for_sale().filter(**bounds[value]))) if value in bounds else Q(pk=None)


def _chain(value: str) -> Q:
    """The chain that a listing has a place on."""
    placed = Adoption.objects.filter(listing=OuterRef("pk"))
    return ~Q(Exists(placed)) if value == UNKNOWN else Q(Exists(placed.filter(chain__short_name=value)))


def _chain_label(value: str) -> str:
    return str(_("On no chain")) if value == UNKNOWN else value


def _cases(values: Iterable[str], matches: Callable[[str], Q], default: str) -> Case:
    whens = [When(matches(value), then=Value(value)) for value in values]
    return Case(*whens, default=Value(default), output_field=CharField())


def counted_all(listings: QuerySet[Listing], most: int) -> FacetRows:
    """Return (empty, empty, listings): how many there are, counted up to ``most``."""
    some = Listing.objects.filter(pk__in=listings.order_by().values("pk")[:most])
    counted = some.order_by().values(value=_text("")).annotate(n=Count("pk"), facet=_text(""))
    return counted.values_list("facet", "value", "n")


RANGES = {
    "params": ("parameters", _("Parameters")),
    "context": ("max_tokens", _("Context in tokens")),
    "dims": ("embedding_dim", _("Dimensions")),
    "released": ("released", _("Released")),
}


def within_range(name: str, bounds: tuple[Decimal | None, Decimal | None]) -> Q:
    """Return the condition that a figure lies within bounds, both included; what is not stated does not."""
    field, _title = RANGES[name]
    found = Q(**{f"{field}__isnull": False})
    for lookup, bound in zip(("gte", "lte"), bounds, strict=True):
        if bound is not None:
            found &= Q(**{f"{field}__{lookup}": _date(bound) if field == "released" else int(bound)})
    return found


def _date(number: Decimal) -> date:
    """Return the day that YYYYMMDD names; bounds beside the calendar are drawn into it."""
    text = f"{int(number):08d}"
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return date(max(1, int(text[:4])), 12, 31)


FACETS = (
    Facet(
        "availability",
        _("Availability"),
        _cases([FOR_SALE], _availability, REFERENCE),
        _availability,
        lambda value: str({FOR_SALE: _("For sale, runs now"), REFERENCE: _("Reference")}.get(value, value)),
    ),
    _of_word("task", _("Task"), "task", task_label),
    _of_word("license", _("Licence"), "license", licence_label),
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
        lambda value: str({FREE: _("Free"), PAID: _("For a price"), UNKNOWN: _("Not for sale")}.get(value, value)),
    ),
    Facet("chain", _("Chain"), CHAIN, _chain, _chain_label),
)
