"""A part of a file on this disk that is to be sent: a thread that makes an answer hands it on, and sends nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

PIECE = 65_536  # bytes, where somebody reads it as a file


class Slice:
    """So many bytes of a file from ``start`` on. Whoever has it last closes it.

    ``allowed`` says whether it may still be sent; whoever sends for long asks again, in a thread.
    """

    _descriptor = -1

    def __init__(self, path: Path, start: int, length: int, allowed: Callable[[], bool] | None = None) -> None:
        self.left, self.allowed = length, allowed
        self._at = start
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def taken(self) -> Slice:
        """Return the same for somebody else, who closes it: this one may be closed at once."""
        other = Slice.__new__(Slice)
        other.left, other._at, other.allowed = self.left, self._at, self.allowed
        other._descriptor = os.dup(self._descriptor)
        return other

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, none at the end."""
        data = os.pread(self._descriptor, self.left if size < 0 else min(size, self.left), self._at)
        self._at += len(data)
        self.left -= len(data)
        return data

    def __iter__(self) -> Iterator[bytes]:
        while piece := self.read(PIECE):
            yield piece

    def close(self) -> None:
        """Give the file back; again does nothing."""
        self._give_back()

    def _give_back(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __del__(self) -> None:
        # Not ``close``: Django's handler puts the response's own in its place, which ends a request. The collector of
        # circles runs this in any thread, and there it would close the database's connection in mid-transaction.
        self._give_back()
