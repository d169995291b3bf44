"""Has reviews judged as soon as something about them is indexed; the task of each minute finds what this misses."""

from __future__ import annotations

from collections.abc import Iterator

from common.queue import enqueue
from contracts.indexer.dispatch import Changes, after_batch
from marketplace.onchain.models.returns import RETURNS

from .models import Review

TASK = "marketplace.scores.tasks.follow_chain"


@after_batch
def follow_reviews(changes: Changes) -> None:
    """Ask for the chain to be followed where facts of a reviewed model came or went."""
    models = set(_models(changes))
    if models and Review.objects.live().filter(chain=changes.chain, model_id__in=models).exists():
        enqueue(TASK, changes.chain.pk)


def _models(changes: Changes) -> Iterator[str]:
    for made in (*changes.added, *changes.removed):
        if model_id := made.values.get("model_id"):
            yield model_id
    # A refund is no fact of its own but changes the fold of a buyer's purchases.
    yield from (key.split(":")[1] for key in changes.subjects if key.startswith(f"{RETURNS}:"))
