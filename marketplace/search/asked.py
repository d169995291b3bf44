"""Reads what a request asks for; each parameter that means nothing is reported by its name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from django.utils.translation import gettext as _

from common.text import clean_line
from marketplace.listings.words import MAX_QUERY

from .typed import CLOSED, Range, known_value, read_range

MAX_CHOSEN = 20  # values of one facet
LONGEST = 120  # characters of a value


def said_twice(name: str) -> str:
    """Return the sentence for a parameter of one value that was given several."""
    return _("“%(name)s” was given more than once with different values; only one was used.") % {"name": name}


class Asked:
    """The parameters of a request; ``faults`` fills with a sentence for each of them that means nothing."""

    def __init__(self, values: Callable[[str], Iterable[str]]) -> None:
        self._values = values
        self.faults: dict[str, str] = {}

    def once(self, *names: str) -> None:
        """Report parameters that have one value, and were given several."""
        for name in names:
            if len(set(self._values(name))) > 1:
                self.faults[name] = said_twice(name)

    def text(self, given: str) -> str:
        """Return what was typed, as it is shown: in one line and at most 200 characters long."""
        # Cut before it is cleaned: an address can hold megabytes.
        text = clean_line(given[:MAX_QUERY])
        if len(given) > MAX_QUERY:
            self.faults["q"] = _("Only the first 200 characters were searched.")
        elif given.strip() and not text:
            self.faults["q"] = _("Your search has no visible characters.")
        return text

    def sort(self, given: str, known: Collection[str]) -> str:
        """Return the name of an order; empty for none."""
        if not given or given in known:
            return given
        self.faults["sort"] = _("“%(name)s” is not a known order. Orders are: %(known)s.") % {
            "name": clean_line(given)[:LONGEST],
            "known": ", ".join(known),
        }
        return ""

    def chosen(self, name: str) -> list[str]:
        """Return the values that were chosen in a facet, each once."""
        found = [self._value(name, given) for given in self._values(name) if given]
        kept = list(dict.fromkeys(filter(None, found)))
        if len(kept) > MAX_CHOSEN:
            self.faults[name] = _("At most twenty values of “%(name)s” can be chosen at once.") % {"name": name}
        return kept[:MAX_CHOSEN]

    def _value(self, name: str, given: str) -> str:
        value = clean_line(given)
        # Open facets may have values that we know no words for; the catalogue decides.
        known = known_value(name, value) if name in CLOSED else value
        if not known or len(known) > LONGEST:
            self.faults[name] = _("“%(value)s” is not a known value of “%(name)s” and was ignored.") % {
                "value": value[:LONGEST],
                "name": name,
            }
            return ""
        return known

    def range(self, name: str) -> Range | None:
        """Return the range of a figure: ``params=100m..1b``, or ``params_min`` and ``params_max``."""
        given = self._one(name)
        low, high = self._one(f"{name}_min"), self._one(f"{name}_max")
        text = given or (f"{low}..{high}" if low or high else "")
        found = read_range(name, text) if text else None
        if text and found is None:
            self.faults[name] = _("“%(text)s” is not a range. Write it like 100m..1b, <1b, >=7b or 2024.") % {
                "text": text[:LONGEST]
            }
        return found

    def _one(self, name: str) -> str:
        return next((text for text in map(clean_line, self._values(name)) if text), "")
