"""Suggestions while a query is typed, each with its kind: models, owners, values of facets, the last word completed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from django.conf.locale import LANG_INFO
from django.db import connection
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from common.text import clean_line
from marketplace.listings.languages import language_code
from marketplace.listings.taxonomy import LICENCES, SIZES, TASKS, language_name, licence_label, size_label, task_label
from marketplace.listings.words import MAX_QUERY, folded

from .candidates import best_named, best_names
from .presenters import list_address
from .search import Search
from .vocabulary import BEGINNING

MODEL, OWNER, WORDS = "model", "owner", "words"
TASK, LANGUAGE, LICENCE, SIZE = "task", "language", "license", "size"  # names of facets
MOST, MOST_NAMES, MOST_OWNERS, MOST_VALUES, MOST_WORDS = 9, 5, 2, 3, 4
LONGEST_PHRASE = 3  # words at the end of a query that are compared with the names of values
LEAST = 2  # Latin letters of a word that is compared with them; one sign of other scripts says more

KINDS: dict[str, tuple[StrOrPromise, str]] = {
    MODEL: (_("Model"), "box"),
    OWNER: (_("Owner"), "user-round"),
    TASK: (_("Task"), "shapes"),
    LANGUAGE: (_("Language"), "languages"),
    LICENCE: (_("Licence"), "scale"),
    SIZE: (_("Size"), "ruler"),
    WORDS: (_("Search"), "search"),
}
PARTS = re.compile(r"[^\W_]+")
FOUND = """
select 'model', name, row_number() over () from ({named}) named
union all
(select 'owner', name, row_number() over (order by length(name), name) from accounts_account account
 where lower(name) like %(owner)s and exists (
    select from marketplace_listing where owner_id = account.id and suspension_id is null
 ) limit {owners})
union all
select 'task', value, 0 from unnest(%(task)s::text[]) value
where exists (select from marketplace_listing where task = value and suspension_id is null)
union all
select 'license', value, 0 from unnest(%(license)s::text[]) value
where exists (select from marketplace_listing where license = value and suspension_id is null)
union all
select 'language', value, 0 from unnest(%(language)s::text[]) value
where exists (select from marketplace_listing where languages @> array[value]::varchar[] and suspension_id is null)
"""


@dataclass(frozen=True)
class Suggestion:
    """What a query may become: the text that would be typed, what is shown, where it leads.

    ``rest`` are the words that stay beside the value of a facet.
    """

    kind: str
    text: str
    label: str
    url: str
    rest: str = ""

    @property
    def kind_label(self) -> StrOrPromise:
        """What kind of thing it is, as a word."""
        return KINDS[self.kind][0]

    @property
    def icon(self) -> str:
        """The name of its icon."""
        return KINDS[self.kind][1]


@dataclass(frozen=True)
class Value:
    """A value of a facet, with the word sequences that it is known by."""

    facet: str
    key: str
    label: str
    forms: tuple[tuple[str, ...], ...]

    def begins(self, phrase: list[str]) -> int | None:
        """Return at which word of a name the phrase stands, its last word perhaps unfinished; None where at none."""
        *whole, last = phrase
        places = [
            at
            for form in self.forms
            for at in range(len(form) - len(whole))
            if list(form[at : at + len(whole)]) == whole and form[at + len(whole)].startswith(last)
        ]
        return min(places, default=None)


def suggestions(text: str) -> list[Suggestion]:
    """Return at most nine: facets' values and owners, models by name, the last word completed. At most two queries."""
    search = Search(q=clean_line(text[:MAX_QUERY]))
    if not search.terms or search.is_filtered:
        return []
    typed = folded(search.words)
    values = [(value, rest) for value, rest in _values_of(typed)]
    found = _look_up(search, typed, [value for value, _rest in values])
    narrowed = [
        _of_value(value, rest) for value, rest in values if value.facet == SIZE or value.key in found[value.facet]
    ]
    owners = [Suggestion(OWNER, name, name, reverse("owner", args=[name])) for name in found[OWNER]]
    models = [Suggestion(MODEL, name, name, reverse("model", args=name.split("/"))) for name in found[MODEL]]
    named = [each for each in owners if each.label.lower() == typed]
    first = [*named, *narrowed[:MOST_VALUES], *(each for each in owners if each not in named), *models]
    return [*first, *_completed(search, typed)][:MOST]


def names_like(text: str) -> list[str]:
    """Return at most five names of models that hold the words of a text, the best first. At most two queries."""
    search = Search(q=clean_line(text[:MAX_QUERY]))
    return best_names(search.read_words.needing(), MOST_NAMES) if search.terms and not search.is_filtered else []


def _completed(search: Search, typed: str) -> list[Suggestion]:
    """Return the text with its last word completed, in ways that the catalogue knows."""
    last = search.read_words.terms[-1]
    ends = [each.word for each in last.alternatives if each.kind == BEGINNING and " " not in each.word]
    begun = typed[: typed.rfind(last.word)]
    texts = [f"{begun}{word}" for word in ends[:MOST_WORDS]]
    return [Suggestion(WORDS, each, each, list_address(Search(q=each))) for each in texts]


def _look_up(search: Search, typed: str, values: list[Value]) -> dict[str, list[str]]:
    """Return the models and owners by name, and which of the values the catalogue has, by kind. One query."""
    named, parameters = best_named(search.read_words.needing(), MOST_NAMES)
    begun = re.sub(r"([\\%_])", r"\\\1", typed)
    parameters |= {"owner": f"{begun}%" if len(typed) >= LEAST else ""}
    parameters |= {facet: [each.key for each in values if each.facet == facet] for facet in (TASK, LICENCE, LANGUAGE)}
    with connection.cursor() as cursor:
        cursor.execute(FOUND.format(named=named, owners=MOST_OWNERS), parameters)
        rows = sorted(cursor.fetchall(), key=lambda row: int(row[2]))
    return {kind: [name for each, name, _place in rows if each == kind] for kind in KINDS}


def _of_value(value: Value, rest: str) -> Suggestion:
    url = list_address(Search(q=rest, chosen={value.facet: [value.key]}))
    return Suggestion(value.facet, f"{rest} {value.label}".strip(), value.label, url, rest)


def _values_of(typed: str) -> Iterator[tuple[Value, str]]:
    """Yield the values that the end of a query may mean, the longest phrase's first, each with the words before it."""
    parts = list(PARTS.finditer(typed))[-LONGEST_PHRASE:]
    seen: set[str] = set()
    for n in range(len(parts)):
        phrase = [part[0] for part in parts[n:]]
        if len(phrase[-1]) < LEAST and phrase[-1].isascii():
            continue
        places = [(place, value) for value in _known(get_language()) if (place := value.begins(phrase)) is not None]
        for _place, value in sorted(places, key=lambda each: (each[0], len(each[1].label))):
            if value.key not in seen:
                seen.add(value.key)
                yield value, typed[: parts[n].start()].strip()


@lru_cache(maxsize=16)
def _known(_language: str | None) -> tuple[Value, ...]:
    """Return the values that are suggested, with their labels in the language of the page."""
    tasks = [_value(TASK, key, task_label(key)) for key in TASKS]
    licences = [_value(LICENCE, key, licence_label(key)) for key in LICENCES if key]
    sizes = [_value(SIZE, key, size_label(key)) for key in SIZES]
    names: dict[str, list[str]] = {}
    for tag, about in LANG_INFO.items():
        if (code := language_code(tag)) and "name" in about:
            names.setdefault(code, []).extend([about["name"], about["name_local"]])
    languages = [_value(LANGUAGE, code, language_name(code), *others) for code, others in names.items()]
    return (*tasks, *languages, *licences, *sizes)


def _value(facet: str, key: str, label: str, *others: str) -> Value:
    forms = [tuple(PARTS.findall(folded(name))) for name in (label, key if facet != LANGUAGE else "", *others)]
    return Value(facet, key, label, tuple(dict.fromkeys(filter(None, forms))))
