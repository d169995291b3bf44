"""What the queue does for reputations."""

from __future__ import annotations

from common import queue
from contracts.models import Chain

from .reckoning import reckon

EVERY = 20  # minutes


def register() -> None:
    """Have reputations reckoned again and again."""
    queue.repeat(f"{__name__}.reckon_all", minutes=EVERY)


def reckon_all() -> None:
    """Reckon the reputations of every chain."""
    for chain in Chain.objects.order_by("pk"):
        reckon(chain=chain)
