"""What of a model's card a search reads: the words that people see, up to a bound."""

from __future__ import annotations

import re

from .words import folded, words_of_text

MOST_CARD = 12_000  # characters of a card that are read
MOST_WORDS = 8_000  # bytes of its words that are kept: about 1,200 words, of which each may stand 256 times

_FENCES = re.compile(r"^(```|~~~).*?^\1[^\n]*$", re.MULTILINE | re.DOTALL)
_TAGS = re.compile(r"<!--.*?-->|</?[a-zA-Z][^<>]{0,500}>", re.DOTALL)
_TARGETS = re.compile(r"\]\([^()\n]{0,500}\)|https?://\S{1,500}|data:\S{1,500}")
_SIGNS = re.compile(r"[#*`|~>\[\]!=+]+")
_UNBROKEN = re.compile(r"\S{64,}")  # keys, hashes and pictures in text: nobody looks for them


def words_of_card(card: str) -> str:
    """Return the words of a card (Markdown) as ``Listing.card_words`` keeps them, without code, tags and addresses."""
    text = _FENCES.sub(" ", card[:MOST_CARD])
    for unread in (_TAGS, _TARGETS, _SIGNS):
        text = unread.sub(" ", text)
    words = words_of_text(folded(_UNBROKEN.sub(" ", text)))
    if len(words.encode()) <= MOST_WORDS:
        return words
    return words.encode()[:MOST_WORDS].decode(errors="ignore").rpartition(" ")[0]
