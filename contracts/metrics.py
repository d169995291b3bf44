"""Metrics of the indexing for Prometheus, read from the database whenever a process is scraped."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import DatabaseError
from django.utils import timezone
from prometheus_client.core import REGISTRY, CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from .models import Cursor

GAUGES = {
    "indexer_head_block": "The chain's last block, as its endpoint told it.",
    "indexer_indexed_block": "The last block that is indexed.",
    "indexer_lag_blocks": "Blocks that are not indexed yet.",
    "indexer_lag_seconds": "Age of the last look at the chain; it grows while no endpoint answers.",
    "indexer_events_per_second": "Speed of the last batch.",
    "indexer_deepest_reorg_blocks": "The most blocks that the chain took back at once.",
    "indexer_stopped": "1 where indexing waits for a person.",
}


class IndexerCollector(Collector):
    """Gauges of every chain that is indexed; none where the database does not answer."""

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Return nothing, so that registering asks no database."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        """Read the gauges by one query."""
        families = {name: GaugeMetricFamily(name, text, labels=["chain"]) for name, text in GAUGES.items()}
        reorgs = CounterMetricFamily("indexer_reorgs", "How often the chain took blocks back.", labels=["chain"])
        try:
            cursors = list(Cursor.objects.select_related("chain__status").exclude(chain__status=None))
        # Fewer figures, not an error: the process's other metrics are still worth reading.
        except DatabaseError:
            return
        for cursor in cursors:
            label = [cursor.chain.short_name]
            for name, value in _values(cursor).items():
                families[name].add_metric(label, value)
            reorgs.add_metric(label, cursor.chain.status.reorgs)
        yield from families.values()
        yield reorgs


def register() -> None:
    """Let the process's registry ask."""
    REGISTRY.register(IndexerCollector())


def _values(cursor: Cursor) -> dict[str, float]:
    status = cursor.chain.status
    return {
        "indexer_head_block": status.head,
        "indexer_indexed_block": cursor.number,
        "indexer_lag_blocks": max(0, status.head - cursor.number),
        "indexer_lag_seconds": seconds_since(cursor),
        "indexer_events_per_second": status.events_per_second,
        "indexer_deepest_reorg_blocks": status.deepest_reorg,
        "indexer_stopped": bool(status.stopped),
    }


def seconds_since(cursor: Cursor) -> float:
    """Return the age, in seconds, of the last look at the chain that brought something."""
    return (timezone.now() - cursor.updated_at).total_seconds()
