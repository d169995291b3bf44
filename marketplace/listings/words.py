"""How names, facts and queries are taken apart into words, and the one form in which words are compared."""

from __future__ import annotations

import re
from collections.abc import Iterator
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
    return normalize("NFKC", unjoined(clean_line(text)).casefold())


def words_of_name(name: str) -> str:
    """Return the words that a model's name is found by: its parts, and the parts of words like ``SmolLM2``."""
    parts = _PARTS.findall(name)
    humps = [hump for part in parts for hump in _HUMPS.findall(part) if hump != part]
    return " ".join(dict.fromkeys(word.lower() for word in parts + humps))


# Scripts that write no blank between words: their runs are also found by each two letters of them.
UNSPACED = "\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_RUN = re.compile(f"[{UNSPACED}]{{3,}}")


def unjoined(text: str) -> str:
    """Return text without what only shapes the letters beside it."""
    return text.translate(_JOINERS)


def pairs_of(word: str) -> list[str]:
    """Return the pairs of letters that a run without blanks is looked for by; the word itself where it is none."""
    if not _RUN.fullmatch(word):
        return [word]
    return [word[place : place + 2] for place in (*range(0, len(word) - 2, 2), len(word) - 2)]


def words_of_text(text: str) -> str:
    """Return text whose compounds (``vit_base``) and runs without blanks are also found by their parts."""
    parts = [text]
    if "_" in text or "-" in text:
        parts.append(text.replace("_", " ").replace("-", " "))
    if not text.isascii():
        parts += [run[place : place + 2] for run in _RUN.findall(text) for place in range(len(run) - 1)]
    return " ".join(parts)


def parts_of(text: str) -> list[str]:
    """Return all words of a text as they are compared."""
    return _PARTS.findall(folded(text))


def spans_of(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[str, int, int]]:
    """Yield each word between two places of a text, as it is compared, with where it begins and ends."""
    for found in _PARTS.finditer(text, start, len(text) if end is None else end):
        for word in _PARTS.findall(folded(found[0])):
            yield word[:LONGEST], found.start(), found.end()
