"""What a search can be narrowed by. Values within a facet widen it (any of them), facets narrow each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.contrib.postgres.fields import ArrayField
from django.db.models import Case, CharField, Count, Exists, Expression, Func, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from .models import Listing
from .offers import for_sale
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
MOST_VALUES = 40
MAX_CHOSEN = 20


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


FACETS = (
    Facet(
        "availability",
        _("Availability"),
        Case(When(_availability(FOR_SALE), then=Value(FOR_SALE)), default=Value(REFERENCE), output_field=CharField()),
        _availability,
        lambda value: str({FOR_SALE: _("For sale, runs now"), REFERENCE: _("Reference")}.get(value, value)),
    ),
    _of_word("task", _("Task"), "task", task_label),
    _of_word("license", _("Licence"), "license", licence_label),
    Facet(
        "size",
        _("Parameters"),
        Case(*(When(_size(key), then=Value(key)) for key in SIZES), default=Value(UNKNOWN), output_field=CharField()),
        _size,
        size_label,
    ),
    _of_words("modality", _("Kind of data"), "modalities", modality_label),
    _of_words("language", _("Language"), "languages", language_name),
    _of_words("library", _("Library"), "libraries", library_label),
)
