"""Metrics of the relayer for Prometheus, read from the database whenever a process is scraped."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import DatabaseError
from prometheus_client.core import REGISTRY, GaugeMetricFamily
from prometheus_client.registry import Collector

from contracts.models import Chain

from .budget import budget_of
from .models import RelayerStatus, SignedMessage, State

GAUGES = {
    "relayer_waiting": "Signed messages that wait for the relayer.",
    "relayer_gas_used": "Gas of the relayer's transactions of the last 24 hours.",
    "relayer_gas_budget": "Gas that it may use in 24 hours.",
    "relayer_balance_wei": "What its account holds.",
    "relayer_running": "1 where a relayer has looked in the last five minutes.",
    "relayer_stopped": "1 where its budget or its balance is used up, or the chain does not take what it sends.",
}


class RelayerCollector(Collector):
    """Gauges of every chain with a relayer; none where the database does not answer."""

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Return nothing, so that registering asks no database."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Read the gauges: three queries a chain."""
        families = {name: GaugeMetricFamily(name, text, labels=["chain"]) for name, text in GAUGES.items()}
        try:
            figures = [(chain.short_name, _values(chain)) for chain in _chains()]
        # Fewer figures, not an error: the process's other metrics are still worth reading.
        except DatabaseError:
            return
        for chain, values in figures:
            for name, value in values.items():
                families[name].add_metric([chain], value)
        yield from families.values()


def register() -> None:
    """Let the process's registry ask."""
    REGISTRY.register(RelayerCollector())


def _chains() -> list[Chain]:
    return [status.chain for status in RelayerStatus.objects.select_related("chain")]


def _values(chain: Chain) -> dict[str, float]:
    budget = budget_of(chain)
    return {
        "relayer_waiting": SignedMessage.objects.filter(chain=chain, state=State.SIGNED).count(),
        "relayer_gas_used": budget.gas_used,
        "relayer_gas_budget": budget.gas,
        "relayer_balance_wei": budget.balance,
        "relayer_running": budget.is_running,
        "relayer_stopped": bool(budget.stopped),
    }
