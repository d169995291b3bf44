"""Long Markdown, cut where one block ends and another begins, so that rendering takes time in proportion to its length.

Within a piece the time may grow with the square of the length; so a piece is short, and what cannot be cut stays text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

PIECE = 3_000  # characters from which a piece ends at the next place where it may
BLANKS = " \t\n"  # as Markdown has them
MOST_DEFINED, MOST_LABEL, MOST_DEFINITION = 200, 100, 1_000

_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*\Z)|~{3,})")
_DEFINED = re.compile(rf" {{0,3}}\[[^\]\[\n]{{1,{MOST_LABEL}}}\]:[ \t]*\S")


def pieces_of(text: str) -> Iterator[str]:
    """Yield the text in pieces that end with an empty line, never within a block of code or of a list."""
    piece: list[str] = []
    length, fence, is_blank = 0, "", False
    for line in _lines(text):
        if length >= PIECE and is_blank and not fence and _begins(line):
            yield "".join(piece)
            piece, length = [], 0
        fence = _fence_after(fence, line)
        is_blank = not line.strip(BLANKS)
        piece.append(line)
        length += len(line)
    if piece:
        yield "".join(piece)


def definitions_in(text: str) -> str:
    """Return the lines that say where ``[a link][like this]`` leads, at most 200: they hold for the whole text."""
    found: list[str] = []
    fence = ""
    for line in _lines(text):
        fence = _fence_after(fence, line)
        if not fence and len(line) <= MOST_DEFINITION and _DEFINED.match(line):
            found.append(line.strip(BLANKS))
            if len(found) == MOST_DEFINED:
                break
    return "\n\n".join(found)


def _lines(text: str) -> list[str]:
    """Return the lines as Markdown has them, with their ends; other signs that end a line elsewhere end none here."""
    return re.split(r"(?<=\n)", text.replace("\r\n", "\n").replace("\r", "\n"))


def _begins(line: str) -> bool:
    """Whether a line after an empty one can only begin something new: what is indented may go on with a list."""
    return bool(line.strip(BLANKS)) and not line.startswith((" ", "\t"))


def _fence_after(fence: str, line: str) -> str:
    """Return the mark of the block of code that is open after a line; "" where none is."""
    if not fence:
        opened = _FENCE.match(line.rstrip("\n"))
        return opened[1] if opened else ""
    closing = line.strip(BLANKS)
    indent = len(line) - len(line.lstrip(" "))
    is_closed = indent <= 3 and len(closing) >= len(fence) and set(closing) == {fence[0]}
    return "" if is_closed else fence
