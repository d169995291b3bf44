"""Work of the community that runs again and again (``common.queue``)."""

from __future__ import annotations

from contracts.models import Chain

from . import looking
from .actions import forget_deleted


def look() -> None:
    """Tell those who follow what has become final on each chain."""
    for chain in Chain.objects.exclude(deployment={}).order_by("pk"):
        looking.look(chain)


def forget() -> None:
    """Remove the words of what was deleted a while ago."""
    while forget_deleted():
        pass
