"""The one store under all caches in a process's memory: bounded in bytes, least recently used goes first."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Hashable, Iterator
from threading import Lock
from typing import Generic, TypeVar

ENTRY_BYTES = 512  # that an entry costs besides its key and its value: dictionary slot, link, tuple

Value = TypeVar("Value")


class Shelf(Generic[Value]):
    """Values by key, of at most ``most_bytes`` with their keys, and of at most ``most_entries``. Safe among threads."""

    def __init__(self, most_bytes: int, most_entries: int = sys.maxsize) -> None:
        self.most_bytes = most_bytes
        self.most_entries = most_entries
        self.bytes = 0
        self._kept: OrderedDict[Hashable, tuple[int, Value]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[tuple[Hashable, Value]]:
        with self._lock:
            # A copy, since other threads put and drop while the caller goes through it.
            return iter([(key, value) for key, (_size, value) in self._kept.items()])

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self.bytes = 0

    def get(self, key: Hashable) -> Value | None:
        """Return what is kept, and count it as used."""
        with self._lock:
            if found := self._kept.get(key):
                self._kept.move_to_end(key)
        return found[1] if found else None

    def put(self, key: Hashable, value: Value, size: int) -> None:
        """Keep a value of ``size`` bytes in place of the one before it, and drop what no longer fits."""
        size += ENTRY_BYTES + weight(key)
        with self._lock:
            # The old value's bytes first, or they would be counted twice.
            self._drop(key)
            self._kept[key] = size, value
            self.bytes += size
            # The newest goes last, and goes too where it alone is larger than all may be.
            while self.bytes > self.most_bytes or len(self._kept) > self.most_entries:
                self._drop(next(iter(self._kept)))

    def drop(self, key: Hashable) -> None:
        """Forget one value, if it is kept."""
        with self._lock:
            self._drop(key)

    def _drop(self, key: Hashable) -> None:
        if gone := self._kept.pop(key, None):
            self.bytes -= gone[0]


def weight(key: Hashable) -> int:
    """Return how many bytes a key takes, with all that it consists of."""
    return sys.getsizeof(key) + (sum(map(weight, key)) if isinstance(key, tuple) else 0)
