"""What a file's bytes come to: its sha256 and its address, reckoned together while the bytes pass by once."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from .unixfs import Tree


class Digested(NamedTuple):
    """What a whole file came to. Size in bytes."""

    sha256: str
    cid: str
    size: int


class Digest:
    """What has come of a file so far."""

    def __init__(self) -> None:
        self.size = 0
        self._sha256 = hashlib.sha256()
        self._tree = Tree()

    def update(self, data: bytes | memoryview) -> None:
        """Take the next bytes."""
        self._sha256.update(data)
        self._tree.update(data)
        self.size += len(data)

    def finish(self) -> Digested:
        """Return what all bytes come to. Nothing is taken any more."""
        return Digested(self._sha256.hexdigest(), self._tree.finish(), self.size)
