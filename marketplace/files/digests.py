"""What a file's bytes come to: its sha256 and its address, reckoned side by side while the bytes pass by once."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import cache
from typing import NamedTuple

from .unixfs import Tree

BROKEN = -1  # the size of a digest that has taken what nobody has


class Digested(NamedTuple):
    """What a whole file came to. Size in bytes."""

    sha256: str
    cid: str
    size: int


class Digest:
    """What has come of a file so far. ``size`` is of how many bytes."""

    def __init__(self) -> None:
        self.size = 0
        self._sha256 = hashlib.sha256()
        self._tree = Tree()

    def update(self, data: bytes | memoryview) -> None:
        """Take the next bytes."""
        with self.taking([data]):
            pass

    @contextmanager
    def taking(self, pieces: Sequence[bytes | memoryview]) -> Iterator[None]:
        """Take the next bytes in other threads, while the block writes them. If it raises, the digest is ``BROKEN``."""
        size, self.size = self.size, BROKEN
        threads = _threads(os.getpid())
        hashing = [threads.submit(_feed, each, pieces) for each in (self._sha256, self._tree)]
        try:
            yield
        finally:
            wait(hashing)
        for each in hashing:
            each.result()
        self.size = size + sum(map(len, pieces))

    def finish(self) -> Digested:
        """Return what all bytes come to. Nothing is taken any more."""
        return Digested(self._sha256.hexdigest(), self._tree.finish(), self.size)


def _feed(hashed: hashlib._Hash | Tree, pieces: Sequence[bytes | memoryview]) -> None:
    for piece in pieces:
        hashed.update(piece)  # without the interpreter's lock, from 2 kB on


@cache
def _threads(process: int) -> ThreadPoolExecutor:
    """Return a process's threads that hash, and wait for nothing: threads do not survive a fork."""
    return ThreadPoolExecutor(max(2, os.cpu_count() or 2), thread_name_prefix=f"hashing-{process}")
