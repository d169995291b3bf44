"""A node that is no node, for what our side does: it keeps blocks in a dictionary, and fails when told to."""

from __future__ import annotations

from dataclasses import dataclass, field

from marketplace.pinning.node import Node, NodeAwayError, NodeError, NodeFullError


@dataclass
class PretendNode(Node):
    """Blocks and pins in memory."""

    blocks: dict[str, bytes] = field(default_factory=dict)
    pinned: set[str] = field(default_factory=set)
    is_away: bool = False
    is_full: bool = False
    breaks: bool = False
    swept: int = 0

    def __post_init__(self) -> None:
        super().__init__("unix:///nowhere")

    def _check(self) -> None:
        if self.is_away:
            raise NodeAwayError("away")
        if self.breaks:
            raise NodeError("broken")

    def put(self, cid: str, block: bytes) -> None:
        """Keep a block."""
        self._check()
        if self.is_full:
            raise NodeFullError("full")
        self.blocks[cid] = block

    def pin(self, cid: str) -> None:
        """Pin what is here."""
        self._check()
        assert cid in self.blocks
        self.pinned.add(cid)

    def unpin(self, cid: str) -> None:
        """Let it go."""
        self._check()
        self.pinned.discard(cid)

    def holds(self, cid: str, *, seconds: float = 0) -> bool:
        """Say whether it is here, and pinned."""
        self._check()
        return cid in self.pinned and cid in self.blocks

    def sweep(self) -> None:
        """Count it."""
        self.swept += 1
