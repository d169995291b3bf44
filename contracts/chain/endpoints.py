"""One endpoint's health: what failed rests for a while, the longer the more often it failed in a row."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

FIRST_REST = 1.0  # seconds
LONGEST_REST = 60.0


@dataclass
class Endpoint:
    """An address that a chain is asked at. Threads share it: a lost update costs a moment's rest, no more."""

    url: str
    failures: int = 0  # in a row
    rests_until: float = 0.0  # on the monotonic clock

    @property
    def host(self) -> str:
        """The part of the address that may be shown: paths and queries hold keys."""
        return urlsplit(self.url).hostname or ""

    @property
    def is_resting(self) -> bool:
        """Whether it failed just now; it is asked only where no other one answers."""
        return time.monotonic() < self.rests_until

    def succeeded(self) -> None:
        """Note that it answered."""
        self.failures, self.rests_until = 0, 0.0

    def failed(self) -> None:
        """Let it rest: it did not answer, or what it said was wrong."""
        self.rests_until = time.monotonic() + min(FIRST_REST * 2**self.failures, LONGEST_REST)
        # Bounded, or the power of two would grow for as long as the endpoint is away.
        self.failures = min(self.failures + 1, 10)


def by_preference(endpoints: Sequence[Endpoint]) -> list[Endpoint]:
    """Return the endpoints in the order to ask them: as they are named, those that rest after the others."""
    return sorted(endpoints, key=lambda endpoint: endpoint.rests_until if endpoint.is_resting else 0.0)
