"""Suggestions while a query is typed: names that hold its words, and completions of its last word."""

from __future__ import annotations

from common.text import clean_line
from marketplace.listings.words import MAX_QUERY, folded

from .candidates import best_names
from .search import Search
from .vocabulary import BEGINNING

MOST_NAMES, MOST_WORDS = 5, 4


def suggestions(text: str) -> list[str]:
    """Return at most nine queries: models by name, then the text with its last word completed. At most two queries."""
    search = Search(q=clean_line(text[:MAX_QUERY]))
    if not search.terms or search.is_narrowed:
        return []
    reading = search.reading
    names = best_names(reading, MOST_NAMES)
    last = reading.terms[-1]
    ends = [each.word for each in last.alternatives if each.kind == BEGINNING and " " not in each.word]
    words = folded(search.words)
    begun = words[: words.rfind(last.word)]
    return list(dict.fromkeys([*names, *(f"{begun}{word}" for word in ends[:MOST_WORDS])]))


def names_like(text: str) -> list[str]:
    """Return at most five names of models that hold the words of a text, the best first. At most two queries."""
    search = Search(q=clean_line(text[:MAX_QUERY]))
    return best_names(search.reading, MOST_NAMES) if search.terms and not search.is_narrowed else []
