"""What sets a model apart, in one line of a list: what its publisher says first, else what is recorded of it."""

from __future__ import annotations

import re
from typing import NamedTuple

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.text import clean_line

from .cards import CAPABILITIES
from .models import Listing
from .taxonomy import language_name

LONGEST = 52  # characters of a line
LEAST = 20  # characters of a clause that says enough by itself
LONG_NAME = 40  # characters of a name that leaves no room for a line below it
SENTENCE = re.compile(r"[.!?…](?=\s|$)|[。！？]")
CLAUSE = re.compile(r"(?<=\w)[)\]”’»]?(?=[,;:–—(]|\s[–—(])")
# English words that promise another after them.
_WEAK = """
a an and are as at be but by for from if in into is it its nor of on or so than that the their this to was what when
where which who whose with you your
"""
WEAK = frozenset(_WEAK.split())


def line_of(listing: Listing, *, beside: bool = False) -> str:
    """Return at most 52 characters that end at a word; empty where nothing is said or recorded. Makes no query.

    Where its languages and its month stand ``beside`` the line, it leaves them out.
    """
    said = clean_line(str(listing.facts.get("summary") or ""))
    return shortened(said) if said else _recorded(listing, beside=beside)


def shortened(text: str, most: int = LONGEST) -> str:
    """Return the beginning of a text: its first sentence, else its longest clause, else the words that fit.

    Empty for a first word that does not fit. A text that sets no blanks, such as Japanese, is cut between letters.
    """
    first = SENTENCE.search(text)
    if first and first.end() <= most:
        return text[: first.end()]
    if len(text) <= most:
        return text
    ends = [found.end() for found in CLAUSE.finditer(text, LEAST, most + 1) if found.end() <= most]
    return text[: ends[-1]] if ends else _words(text, most)


def _words(text: str, most: int) -> str:
    cut = text[: most + 1]
    if " " not in cut:
        return "" if text[:most].isascii() else text[:most]
    words = cut[: cut.rindex(" ")].split(" ")
    while len(words) > 1 and words[-1].lower() in WEAK:
        words.pop()
    return " ".join(words).rstrip(",;:–—")


class InputLimit(NamedTuple):
    """The most that a model reads at once, and its unit: "8,192", "tokens"."""

    number: str
    unit: str


def input_limit(listing: Listing) -> InputLimit | None:
    """Return the longest text or the largest picture that a listing is recorded to read. Makes no query."""
    tokens, pixels = listing.max_tokens, listing.facts.get("input_size")
    if tokens:
        return InputLimit(intcomma(tokens), ngettext("token", "tokens", tokens))
    return InputLimit(intcomma(pixels), _("pixels")) if isinstance(pixels, int) and pixels else None


def _recorded(listing: Listing, *, beside: bool) -> str:
    """Return as many of the recorded facts as fit before its month, the telling ones first.

    Its limit stands there only where there is no other.
    """
    month = date_format(listing.released, "M Y") if listing.released and not beside else ""
    languages = "" if beside else _languages(listing)
    room = LONGEST - len(_joined("", month)) if month else LONGEST
    line = ""
    for part in filter(None, (_vectors(listing), _classes(listing), languages, *_abilities(listing))):
        longer = _joined(line, part) if line else capfirst(part)
        if len(longer) > room:
            break
        line = longer
    if not line and not beside and (limit := input_limit(listing)):
        line = _("Up to %(number)s %(unit)s") % limit._asdict()
    if not month:
        return line
    return _joined(line, month) if line else _("Released in %(month)s") % {"month": month}


def _joined(line: str, part: str) -> str:
    return _("%(line)s, %(part)s") % {"line": line, "part": part}


def _vectors(listing: Listing) -> str:
    n = listing.embedding_dim
    return ngettext("%(n)s dimension", "%(n)s dimensions", n) % {"n": intcomma(n)} if n else ""


def _classes(listing: Listing) -> str:
    n = listing.facts.get("classes")
    return ngettext("%(n)s class", "%(n)s classes", n) % {"n": intcomma(n)} if isinstance(n, int) and n else ""


def _languages(listing: Listing) -> str:
    names = listing.languages
    if len(names) == 1:
        return language_name(names[0])
    return ngettext("%(n)s language", "%(n)s languages", len(names)) % {"n": intcomma(len(names))} if names else ""


def _abilities(listing: Listing) -> list[str]:
    found = listing.facts.get("capabilities")
    return [str(CAPABILITIES[name]) for name in found if name in CAPABILITIES] if isinstance(found, list) else []
