"""What a search can be narrowed by. Values within a facet widen it (any of them), facets narrow each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.contrib.postgres.fields import ArrayField
from django.db.models import Case, CharField, Count, Expression, Func, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from .models import Listing
from .taxonomy import SIZES, UNKNOWN, language_name, library_label, licence_label, modality_label, size_label, task_label

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
        by_value = [self._rows(listings, self.value).order_by("-n", "value")[:MOST_VALUES]]
        return by_value + [self._rows(listings.filter(self.matches(value)), _text(value)) for value in chosen]

    def _rows(self, listings: QuerySet[Listing], value: Expression) -> FacetRows:
        counted = listings.order_by().values(value=value).annotate(n=Count("pk"), facet=_text(self.name))
        return counted.values_list("facet", "value", "n")


def _text(value: str) -> Value:
    return Value(value, output_field=CharField())


def _word(field: str) -> dict[str, object]:
    return {
        "value": Coalesce(NullIf(field, Value("")), Value(UNKNOWN)),
        "matches": lambda value: Q(**{field: "" if value == UNKNOWN else value}),
    }


def _words(field: str) -> dict[str, object]:
    """A listing with several words counts once for each; ``<@`` and ``&&`` on the array use its GIN index."""
    stated = Case(
        When(Q(**{field: []}), then=Value([UNKNOWN], output_field=ArrayField(CharField()))),
        default=field,
        output_field=ArrayField(CharField()),
    )
    return {
        "value": Func(stated, function="unnest", output_field=CharField(), set_returning=True),
        "matches": lambda value: Q(**{field: []}) if value == UNKNOWN else Q(**{f"{field}__contains": [value]}),
    }


def _size(value: str) -> Q:
    if value not in SIZES:
        return Q(parameters=None) if value == UNKNOWN else Q(pk=None)
    _label, low, high = SIZES[value]
    return Q(parameters__gte=low, **({"parameters__lt": high} if high else {}))


FACETS = (
    Facet("task", _("Task"), label=task_label, **_word("task")),
    Facet("license", _("Licence"), label=licence_label, **_word("license")),
    Facet(
        "size",
        _("Parameters"),
        value=Case(*(When(_size(key), then=Value(key)) for key in SIZES), default=Value(UNKNOWN), output_field=CharField()),
        matches=_size,
        label=size_label,
    ),
    Facet("modality", _("Kind of data"), label=modality_label, **_words("modalities")),
    Facet("language", _("Language"), label=language_name, **_words("languages")),
    Facet("library", _("Library"), label=library_label, **_words("libraries")),
)
