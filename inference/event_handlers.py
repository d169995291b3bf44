"""Follows the chain's blocks for running models: used tokens move with passes."""

from __future__ import annotations

from contracts.indexer.dispatch import Changes, after_batch

from .quotas import move_quotas


@after_batch
def follow_passes(changes: Changes) -> None:
    """Let what was used with a pass follow it, once the transfer is final."""
    move_quotas(chain=changes.chain)
