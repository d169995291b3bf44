"""Bytes at a place: what readers take from a file, never more than they can hold."""

from __future__ import annotations

import os
import struct
from typing import BinaryIO

from .errors import LIMIT, FormatError
from .errors import marked as _

MOST_AT_ONCE = 64 * 2**20


class Source:
    """A file that is read in pieces: everything that is asked for is there, or a FormatError says that it ends."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.size = file.seek(0, os.SEEK_END)
        self.place = 0
        file.seek(0)

    def at(self, place: int, length: int) -> bytes:
        """Return exactly that many bytes from a place, and go on behind them."""
        if place < 0 or length < 0 or place + length > self.size:
            raise FormatError(
                _("The file ends in the middle: %(missing)s bytes are missing."), missing=self._missing(place, length)
            )
        if length > MOST_AT_ONCE:
            raise FormatError(_("A part of the file is too large to be read: %(size)s bytes."), code=LIMIT, size=length)
        if place != self.place:
            self.file.seek(place)
        found = self.file.read(length)
        self.place = place + len(found)
        if len(found) != length:
            raise FormatError(_("The file could not be read to its end."))
        return found

    def take(self, length: int) -> bytes:
        """Return the next bytes."""
        return self.at(self.place, length)

    def head(self, length: int) -> bytes:
        """Return the first bytes, fewer of a small file."""
        return self.at(0, min(length, self.size))

    def tail(self, length: int) -> bytes:
        """Return the last bytes, fewer of a small file."""
        length = min(length, self.size)
        return self.at(self.size - length, length)

    def skip(self, length: int) -> None:
        """Go on behind the next bytes without reading them."""
        if length < 0 or self.place + length > self.size:
            raise FormatError(
                _("The file ends in the middle: %(missing)s bytes are missing."),
                missing=self._missing(self.place, length),
            )
        # Small steps are read, because a seek throws away what is buffered.
        if length < 4096:
            self.take(length)
        else:
            self.file.seek(self.place + length)
            self.place += length

    def number(self, form: str) -> int:
        """Return the next number of a ``struct`` form, little-endian."""
        value: int = struct.unpack(f"<{form}", self.take(struct.calcsize(f"<{form}")))[0]
        return value

    def _missing(self, place: int, length: int) -> int:
        # Lengths out of a hostile file have no end; what is said of them has.
        return min(abs(place) + abs(length) - self.size, 2**63)
