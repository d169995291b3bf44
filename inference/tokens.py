"""Counts the tokens of an answer that the engine has not counted, or not credibly.

Engines send a token a piece. One that sends many at once has sent a token for each word at least, since no tokenizer
joins words. Both counts are rather too small, in favour of the person who asked.

A seller is paid by this count, and could cut words into letters, send blanks apart, or what nobody sees. So a piece is
a token only as far as the text can be: of letters that go on a word there are three a token (two, where they are not
Latin's own), a run of blanks is one, a single blank belongs to the word behind it, and what is not seen is none.
Whatever was sent is one at least.
"""

from __future__ import annotations

import re

from common.text import shows

LONGEST = 64  # letters: of a run without spaces, such as Chinese, a token is no longer in any vocabulary that is in use
_WORD = re.compile(rf"\S{{1,{LONGEST}}}")
# Shares of a token that a letter may be.
_WHOLE, _ASCII, _OTHER = 6, 2, 3


class TokenCount:
    """The tokens of a text that arrives in pieces, none of which is empty."""

    def __init__(self) -> None:
        self._pieces = self._tokens = self._words = 0
        self._in_word = self._blank = False
        self._shares = self._parts = 0  # of the word that may go on

    @property
    def total(self) -> int:
        """Tokens so far."""
        return max(self._tokens, self._words, 1 if self._pieces else 0)

    def add(self, piece: str) -> None:
        """Count a piece."""
        self._pieces += 1
        if not (piece.isascii() and piece.isprintable()):
            piece = "".join(each for each in piece if each.isspace() or shows(each))
            if not piece:
                return
        self._tokens += self._is_token(piece)
        words = piece.split() if len(piece) <= LONGEST else _WORD.findall(piece)  # the same, in less time
        self._words += len(words) - self._goes_on(piece)
        self._in_word = not piece[-1].isspace()

    def _is_token(self, piece: str) -> bool:
        """Whether a piece is one token more, as far as letters and blanks can tell."""
        if piece.isspace():
            self._shares, was_blank = 0, self._blank
            self._blank = True
            return piece != " " and not was_blank
        self._blank = piece[-1].isspace()
        is_latin = piece.isascii()
        share = len(piece) * (_ASCII if is_latin else _OTHER)
        if self._shares and piece.isalpha() and (is_latin or piece.lower() != piece.upper()):
            self._shares += share
            if self._parts * _WHOLE >= self._shares:
                return False
            self._parts += 1
        else:
            self._shares, self._parts = (share if piece[-1].isalpha() else 0), 1
        return True

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
