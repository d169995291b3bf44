"""A walker over Protocol Buffers that builds nothing: one field after another, as deep as whoever asks goes."""

from __future__ import annotations

from collections.abc import Iterator

from .errors import LIMIT, FormatError
from .errors import marked as _
from .source import Source

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
MOST_FIELDS = 1_000_000  # of a whole file
MOST_LOOKED_AT = 10_000  # fields at the top, to tell what a file is
MOST_TEXT = 64 * 2**10


class Walker:
    """Walks a file, and counts its steps, so that no shape of it takes for ever."""

    def __init__(self, source: Source, kind: str, most: int = MOST_FIELDS) -> None:
        self.source, self.kind, self.most = source, kind, most
        self.steps = 0

    def fields(self, begin: int, end: int) -> Iterator[tuple[int, int, int, int]]:
        """Yield each field between two places: number, wire type, and its value, or where its bytes begin and end.

        A varint is ``(number, VARINT, value, 0)``, anything else ``(number, wire, begin, end)``.
        """
        place = begin
        while place < end:
            self.steps += 1
            if self.steps > self.most:
                raise FormatError(_("It has more parts than are read."), code=LIMIT, kind=self.kind)
            key, place = self.varint(place, end)
            number, wire = key >> 3, key & 7
            if not number:
                raise self._broken()
            if wire == VARINT:
                value, place = self.varint(place, end)
                yield number, wire, value, 0
                continue
            if wire == BYTES:
                length, place = self.varint(place, end)
            elif wire in (FIXED32, FIXED64):
                length = 4 if wire == FIXED32 else 8
            else:
                raise self._broken()
            if length > end - place:
                raise self._broken()
            yield number, wire, place, place + length
            place += length

    def varint(self, place: int, end: int) -> tuple[int, int]:
        """Return the number that begins at a place, and where it ends."""
        content = self.source.at(place, min(10, end - place))
        value = 0
        for index, byte in enumerate(content):
            value |= (byte & 0x7F) << 7 * index
            if byte < 0x80:  # the last byte of it
                return value & 2**64 - 1, place + index + 1
        raise self._broken()

    def text(self, begin: int, end: int, most: int = MOST_TEXT) -> str:
        """Return a text, or its beginning."""
        return self.source.at(begin, min(end - begin, most)).decode(errors="replace")

    def _broken(self) -> FormatError:
        return FormatError(_("Its parts do not fit into each other."), kind=self.kind)
