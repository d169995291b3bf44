"""How names, facts and queries are taken apart into words, and the one form in which words are compared."""

from __future__ import annotations

import re
from unicodedata import category, normalize

from common.text import clean_line

MAX_QUERY = 200  # characters that may be typed
LONGEST_QUERY = 1000  # of them in NFKC: some signs become many
MAX_TERMS = 12
LONGEST = 255  # characters of a word that is looked for
_STOP_WORDS = """
a an and are as at be by can do does for from how i if in into is it its me model models my of on one or our should so
some than that the their them there these this to use used using want was we what when where which who will with you
your
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())

# Vowel signs and accents that have no letter of their own belong to the word that they stand in.
_MARKS = "".join(mark for mark in map(chr, range(0x300, 0x1F000)) if category(mark).startswith("M"))
_PARTS = re.compile(f"[^\\W_](?:[^\\W_]|[{_MARKS}])*")
_HUMPS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_JOINERS = str.maketrans("", "", "\u200c\u200d\ufe0e\ufe0f")


def folded(text: str) -> str:
    """Return text as it is compared: one line, in NFKC, without case and without what cannot be seen."""
    # Almost every text, and much faster than NFKC.
    if text.isascii() and text.isprintable():
        return " ".join(text.lower().split())
    return normalize("NFKC", clean_line(text).translate(_JOINERS).casefold())


def words_of_name(name: str) -> str:
    """Return the words that a model's name is found by: its parts, and the parts of words like ``SmolLM2``."""
    parts = _PARTS.findall(name)
    humps = [hump for part in parts for hump in _HUMPS.findall(part) if hump != part]
    return " ".join(dict.fromkeys(word.lower() for word in parts + humps))


def words_in(query: str) -> list[str]:
    """Return the words that a query asks for, each once, without those that say nothing alone."""
    found = list(dict.fromkeys(word[:LONGEST] for word in _PARTS.findall(folded(query)[:LONGEST_QUERY])))
    # A query of nothing but such words is still looked for.
    return [word for word in found if word not in STOP_WORDS] or found


def terms_of(query: str) -> list[str]:
    """Return the words that a query is answered by: the first twelve."""
    return words_in(query)[:MAX_TERMS]
