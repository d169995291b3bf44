"""Queries in PostgreSQL's notation (``tsquery``): the one place that writes them, so that no word is taken for a sign.

A phrase is one word, or several with blanks between them that have to stand in a listing together.
"""

from __future__ import annotations

from collections.abc import Iterable


def lexeme(word: str, weights: str = "") -> str:
    """Return a word as an operand, whatever it holds; ``weights`` are the parts of a text that it may stand in."""
    quoted = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}'{':' if weights else ''}{weights}"


def phrase(words: str) -> str:
    """Return a query for all words of a phrase."""
    return " & ".join(lexeme(word) for word in words.split(" ") if word)


def any_of(phrases: Iterable[str]) -> str:
    """Return a query for any of the phrases; empty where there is none."""
    return " | ".join(f"({phrase(each)})" for each in dict.fromkeys(phrases))
