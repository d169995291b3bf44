"""What a search was understood as, in words, each with the way back out of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.utils.text import capfirst, get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .facets import FACETS, RANGES
from .presenters import ORDER_TITLES, Chip, clicked, list_address, range_label
from .search import Search
from .understood import Understood, put_in
from .vocabulary import HALVES, OTHER_WORD

MOST_NAMED = 4  # other words
TITLES = {facet.name: facet.title for facet in FACETS}
LABELS = {facet.name: facet.label for facet in FACETS}
PREFERRED = {
    "small": gettext_lazy("smaller first"),
    "many-languages": gettext_lazy("more languages first"),
}


@dataclass(frozen=True)
class UnderstoodChip(Chip):
    """``label`` is what the ``phrase`` of the search was understood as; ``title`` its kind, such as "Language".

    ``is_order`` says that it is the order of the list, which stands beside the chips as well.
    """

    phrase: str = ""
    title: str = ""
    is_order: bool = False


def understood_chips(search: Search, *, view: str = "list", also_unmet: bool = False) -> list[UnderstoodChip]:
    """Return what was understood, in the order of the words; what only has other names as well comes last.

    With ``also_unmet`` also what gave way because nothing is all of it: where nothing is found even so.
    """
    plain = clicked(search)
    found = []
    for item in search.understanding.items:
        without = replace(plain, q=item.without(search.understanding.query))
        if item not in (search.heard.outdone if also_unmet else (*search.heard.unmet, *search.heard.outdone)):
            address = list_address(without, view=view)
            found += [
                UnderstoodChip(label, address, phrase=item.phrase, title=title, is_order=title == _("Order"))
                for title, label in _meanings(search, item)
            ]
    return [*_told_apart(found), *_other_names(search, plain, view)]


def _told_apart(chips: list[UnderstoodChip]) -> list[UnderstoodChip]:
    """Name by their phrases the chips that mean the same."""
    said = Counter((chip.title, chip.label) for chip in chips)
    return [replace(chip, title=chip.phrase) if said[chip.title, chip.label] > 1 else chip for chip in chips]


def literal_address(search: Search, *, view: str = "list") -> str:
    """Return the address of the same search with all its words taken literally."""
    return list_address(replace(clicked(search), q=search.understanding.literally), view=view)


def corrected_address(search: Search, *, view: str = "list") -> str:
    """Return the address of the same search with its slips put right."""
    return list_address(replace(clicked(search), q=search.corrected), view=view)


def _meanings(search: Search, item: Understood) -> Iterator[tuple[str, str]]:
    """Yield the kind and the words of each thing that a phrase means."""
    sense, is_said = item.sense, search.heard.only_says(item)
    for name, values in sense.facets.items():
        # Several values are one thing that people ask for, which has a name of its own.
        one = LABELS[name](values[0]) if len(values) == 1 else capfirst(sense.title)
        yield _("Mentions") if is_said else str(TITLES[name]), one
    for name, bounds in sense.ranges.items():
        yield str(RANGES[name][1]), range_label(name, bounds)
    if sense.order and not search.sort:
        yield _("Order"), str(ORDER_TITLES[sense.order])
    if sense.prefers:
        yield _("Order"), str(PREFERRED[sense.prefers])
    others = _others(search, item.term) if not sense.narrows else []
    if others:
        yield item.phrase, _also(others)


def _other_names(search: Search, plain: Search, view: str) -> Iterator[UnderstoodChip]:
    """Yield the words that names write otherwise: "llama3" as "llama 3", "regnet y" as "regnety"."""
    said = {item.term for item in search.understanding.items}
    for term in search.reading.terms if search.terms else ():
        others = term.others(OTHER_WORD, HALVES)
        if others and not term.is_soft and term.word not in said and not term.correction:
            query = put_in(search.understanding.query, {term.word: f'"{term.word}"'})
            address = list_address(replace(plain, q=query), view=view)
            yield UnderstoodChip(_also(others), address, phrase=term.word, title=term.word)


def _others(search: Search, word: str) -> list[str]:
    """Return what else a term is called in the catalogue."""
    return next((term.others(OTHER_WORD) for term in search.reading.terms if term.word == word), [])


def _also(words: list[str]) -> str:
    return _("also %(words)s") % {"words": get_text_list(words[:MOST_NAMED], _("and"))}
