"""Counts the tokens of an answer that the engine has not counted, or not credibly.

Engines send a token a piece. One that sends many at once has sent a token for each word at least, since no tokenizer
joins words. Both counts are rather too small, in favour of the person who asked.
"""

from __future__ import annotations

import re

LONGEST = 64  # letters: of a run without spaces, such as Chinese, a token is no longer in any vocabulary that is in use
_WORD = re.compile(rf"\S{{1,{LONGEST}}}")


class TokenCount:
    """The tokens of a text that arrives in pieces, none of which is empty."""

    def __init__(self) -> None:
        self._pieces = self._words = 0
        self._in_word = False

    @property
    def total(self) -> int:
        """Tokens so far."""
        return max(self._pieces, self._words)

    def add(self, piece: str) -> None:
        """Count a piece."""
        self._pieces += 1
        words = piece.split() if len(piece) <= LONGEST else _WORD.findall(piece)  # the same, in less time
        self._words += len(words) - self._goes_on(piece)
        self._in_word = not piece[-1].isspace()

    def within(self, piece: str, most: int) -> str:
        """Return as much of the next piece as makes no more than ``most`` tokens in all."""
        if self._pieces >= most:
            return ""
        room = most - self._words + self._goes_on(piece)
        if len(piece) <= room:
            return piece
        ends = [word.end() for word in _WORD.finditer(piece)]
        return piece if len(ends) <= room else piece[: ends[room - 1]] if room > 0 else ""

    def _goes_on(self, piece: str) -> bool:
        """Whether a piece begins in the middle of a word."""
        return self._in_word and not piece[0].isspace()
