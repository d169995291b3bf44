"""A whole response that the page cache keeps; RFC 9111 calls it a stored response."""

import time
from dataclasses import dataclass, field

from .protocol import Headers

PAIR_BYTES = 130  # that a header costs besides its text


@dataclass(frozen=True)
class StoredResponse:
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
        return len(self.body) + sum(PAIR_BYTES + len(name) + len(value) for name, value in self.headers)
