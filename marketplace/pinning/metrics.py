"""Metrics of the pins for Prometheus, read from the database whenever a process is scraped."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import DatabaseError
from django.utils import timezone
from prometheus_client.core import REGISTRY, GaugeMetricFamily
from prometheus_client.registry import Collector

from .finding import standing


class PinsCollector(Collector):
    """Pins by state, and the age of the node's last answer; none where the database does not answer."""

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Return nothing, so that registering asks no database."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Read the gauges by one query."""
        try:
            found = standing()
        except DatabaseError:
            return
        pins = GaugeMetricFamily("ipfs_pins", "Contents that our node is to keep, by state.", labels=["state"])
        counts = {"pinned": found.pinned, "wanted": found.waiting, "lost": found.lost, "refused": found.refused}
        for state, count in counts.items():
            pins.add_metric([state], count)
        yield pins
        if found.checked_at:
            age = (timezone.now() - found.checked_at).total_seconds()
            yield GaugeMetricFamily("ipfs_seconds_since_answer", "Age of the node's last answer.", value=age)


def register() -> None:
    """Let the process's registry ask."""
    REGISTRY.register(PinsCollector())
