"""Ends an answer before a word at which its reader wants it to end, whatever the engine thinks of that."""

from __future__ import annotations

from collections.abc import Sequence

from .answers import Delta


class Stops:
    """Keeps back what could become one of ``words``, and lets through what cannot."""

    def __init__(self, words: Sequence[str]) -> None:
        self.found = False
        self._words, self._kept = words, ""

    def read(self, text: str) -> str:
        """Return what may be shown of the text so far; nothing after ``found``."""
        if self.found:
            return ""
        whole = self._kept + text
        ends = [place for word in self._words if (place := whole.find(word)) >= 0]
        if ends:
            self.found, self._kept = True, ""
            return whole[: min(ends)]
        keep = max((_begun(whole, word) for word in self._words), default=0)
        self._kept = whole[len(whole) - keep :]
        return whole[: len(whole) - keep]

    def lets(self, delta: Delta) -> bool:
        """Take out of a piece what stands behind a word that stops; return whether there is anything left to say."""
        if self.found:
            return False
        delta.text = self.read(delta.text)
        if self.found:
            delta.reason, delta.tools = "stop", None
        elif delta.reason:
            delta.text += self.rest()
        return bool(delta.text or delta.tools or delta.reason)

    def rest(self) -> str:
        """Return what was kept back of an answer that has ended."""
        kept, self._kept = self._kept, ""
        return kept


def _begun(text: str, word: str) -> int:
    """Return how many letters of a word the text ends with."""
    most = min(len(word) - 1, len(text))
    return next((size for size in range(most, 0, -1) if text.endswith(word[:size])), 0)
