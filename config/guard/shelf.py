"""Where kept pages stand: bounded in bytes and in number; the one that nobody has read for longest goes first."""

import time
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field

from common import metrics

from .protocol import Headers

OVERHEAD = 1024  # bytes that an entry costs beside its content: key, tuples, dictionary slot


@dataclass(frozen=True)
class Page:
    """One whole answer (always a 200) that may be given again for ``lifetime`` seconds."""

    headers: Headers
    body: bytes
    lifetime: int
    made: float = field(default_factory=time.monotonic)

    @property
    def age(self) -> int:
        """Whole seconds since it was made."""
        return int(time.monotonic() - self.made)

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() - self.made < self.lifetime

    @property
    def size(self) -> int:
        """Bytes that it is counted as."""
        return OVERHEAD + len(self.body) + sum(len(name) + len(value) for name, value in self.headers)


class Shelf:
    """A least-recently-used store of pages."""

    def __init__(self, max_bytes: int, max_entries: int) -> None:
        self.max_bytes = max_bytes
        self.max_entries = max_entries
        self.bytes = 0
        self._pages: OrderedDict[Hashable, Page] = OrderedDict()

    def __len__(self) -> int:
        return len(self._pages)

    def get(self, key: Hashable) -> Page | None:
        """Return the page, fresh or not, and count it as read."""
        if page := self._pages.get(key):
            self._pages.move_to_end(key)
        return page

    def put(self, key: Hashable, page: Page) -> None:
        """Keep the page in place of the one before it, and drop what no longer fits."""
        self._drop(key)
        self._pages[key] = page
        self._count(page.size)
        while self.bytes > self.max_bytes or len(self._pages) > self.max_entries:
            self._drop(next(iter(self._pages)))

    def _drop(self, key: Hashable) -> None:
        if page := self._pages.pop(key, None):
            self._count(-page.size)

    def _count(self, change: int) -> None:
        self.bytes += change
        metrics.PAGE_CACHE_BYTES.inc(change)
