"""How many blocks are asked for at once: as many as the endpoint answers and as fit comfortably into memory."""

from __future__ import annotations

from dataclasses import dataclass

FIRST = 50  # blocks
MOST = 2_000
LOGS = 5_000  # in one batch, and so in one transaction of the database


@dataclass
class Span:
    """The next range's length. It doubles while answers are small, and grows by an eighth after a first refusal."""

    blocks: int = FIRST
    was_refused: bool = False

    def refused(self) -> bool:
        """Ask for half as much from now on; return False where it is a single block already."""
        halved, self.was_refused = self.blocks // 2, True
        self.blocks = max(1, halved)
        return halved > 0

    def answered(self, blocks: int, logs: int, last: int = 0) -> None:
        """Note how many logs an answer held, and how many of them its last block."""
        if logs > LOGS:
            # Scaled by what this stretch of the chain holds: the next is likely as dense.
            self.blocks = max(1, blocks * LOGS // logs)
        elif blocks >= self.blocks and logs < LOGS // 2:
            # Once refused, the provider's limit is near: doubling would be refused every second time.
            more = self.blocks // 8 + 1 if self.was_refused else self.blocks
            self.blocks = min(self.blocks + more, MOST)
        # Where a quiet stretch ends, the average of the range tells nothing of what follows.
        if last:
            self.blocks = max(1, min(self.blocks, LOGS // last))
