"""Has publications settled once the chain has named them for good; the task of each minute finds what this misses."""

from __future__ import annotations

from common.queue import enqueue
from contracts.indexer.dispatch import Changes, after_batch

from .models import Publication
from .settling import due, sent

TASK = "marketplace.publish.tasks.follow_chain"


@after_batch
def follow_publications(changes: Changes) -> None:
    """Ask for a chain to be followed where one of its open publications has something new to be told."""
    if not Publication.objects.open().filter(chain=changes.chain).exists():
        return
    if due(changes.chain).exists() or sent(changes.chain).exists():
        enqueue(TASK, changes.chain.pk)
