"""The arithmetic of LatticeStaking: how rewards stream to the stakers, week by week, to the last 2^-128 wei."""

from __future__ import annotations

from dataclasses import dataclass, replace

WEEK = 7 * 86_400  # seconds
ONE_SHIFT = 128


@dataclass
class Stream:
    """Where the stream stands, in the contract's own terms; ``as_of`` is in seconds since 1970, amounts are wei.

    ``per_unit`` is what one staked unit has earned since the beginning, in 2^-128 wei.
    """

    as_of: int
    per_unit: int = 0
    streaming: int = 0
    waiting: int = 0
    total: int = 0

    def advanced(self, now: int) -> Stream:
        """Return the stream at a later second: what LatticeStaking._advanced computes."""
        made = replace(self)
        end = (made.as_of // WEEK + 1) * WEEK
        if now >= end:
            made._run(end, end)
            made._turn()
            if now >= end + WEEK:
                made._run(end + WEEK, end + WEEK)
                made._turn()
            end = (now // WEEK + 1) * WEEK
            made.as_of = end - WEEK
        made._run(now, end)
        return made

    def _run(self, until: int, end: int) -> None:
        """Stream until this second of a week that ends then: to the stakers, or back to what waits."""
        if until == self.as_of:
            return
        amount = self.streaming * (until - self.as_of) // (end - self.as_of)
        self.as_of = until
        self.streaming -= amount
        if self.total:
            self.per_unit += (amount << ONE_SHIFT) // self.total
        else:
            self.waiting += amount

    def _turn(self) -> None:
        """A week is over: what waited is streamed."""
        self.streaming, self.waiting = self.waiting, 0
