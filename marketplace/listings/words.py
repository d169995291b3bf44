"""How names and queries are taken apart into words."""

from __future__ import annotations

import re

MAX_QUERY = 200
MAX_TERMS = 12
_STOP_WORDS = """
a an and are as at be by can do does for from how i if in into is it its me model models my of on one or our should so
some than that the their them there these this to use used using want was we what when where which who will with you
your
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())

_PARTS = re.compile(r"[^\W_]+")
_HUMPS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


def words_of_name(name: str) -> str:
    """Return the words that a model's name is found by: its parts, and the parts of words like ``SmolLM2``."""
    parts = _PARTS.findall(name)
    humps = [hump for part in parts for hump in _HUMPS.findall(part) if hump != part]
    return " ".join(dict.fromkeys(word.lower() for word in parts + humps))


def terms_of(query: str) -> list[str]:
    """Return the words that a query asks for, at most twelve, without those that say nothing alone."""
    found = list(dict.fromkeys(_PARTS.findall(query[:MAX_QUERY].lower())))
    return ([term for term in found if term not in STOP_WORDS] or found)[:MAX_TERMS]


def printable(text: str) -> str:
    """Return text that PostgreSQL can hold."""
    return text.encode(errors="ignore").decode().replace("\x00", "")
