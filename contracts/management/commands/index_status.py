"""``manage.py index_status``: how far each chain is indexed, and how healthy its endpoints are."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.table import Table

from contracts.chain.client import Client
from contracts.chain.endpoints import Endpoint
from contracts.errors import ChainError
from contracts.management.commands.index_chain import find_chains
from contracts.metrics import seconds_since
from contracts.models import Chain, Cursor, IndexerStatus

COLUMNS = ("chain", "head", "indexed", "lag", "seconds", "events/s", "reorgs", "deepest", "endpoints")


class Command(BaseCommand):
    """Asks every endpoint for its last block, whether the indexer uses it or not."""

    help = "Show head, indexed block, lag, speed, reorganisations and the endpoints' health of every chain."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--chain", action="append", help="a chain's short name; all that have contracts by default")

    def handle(self, *args: object, **options: Any) -> None:
        table = Table(*COLUMNS)
        stopped = []
        for chain in find_chains(options["chain"]):
            table.add_row(*_row(chain))
            stopped += [f"{chain.name}: {status.stopped}" for status in _status(chain) if status.stopped]
        console = Console(width=None if self.stdout.isatty() else 160)
        with console.capture() as drawn:
            console.print(table)
        self.stdout.write(drawn.get())
        for line in stopped:
            self.stdout.write(line)


def _row(chain: Chain) -> list[str]:
    found = [_health(chain, endpoint) for endpoint in Client(chain.endpoints).endpoints]
    heads = [head for head, _ in found if head is not None]
    cursor = Cursor.objects.filter(chain=chain).first()
    indexed, head = chain.head(), max(heads, default=None)
    lag = "?" if head is None else str(max(0, head - indexed))
    since = f"{seconds_since(cursor):.0f}" if cursor else "-"
    rest = next(
        ([f"{each.events_per_second:.0f}", str(each.reorgs), str(each.deepest_reorg)] for each in _status(chain)),
        ["-", "-", "-"],
    )
    health = "\n".join(text for _, text in found) or "none; set RPC_URLS_" + chain.short_name.upper()
    return [chain.short_name, "?" if head is None else str(head), str(indexed), lag, since, *rest, health]


def _status(chain: Chain) -> list[IndexerStatus]:
    return list(IndexerStatus.objects.filter(chain=chain))


def _health(chain: Chain, endpoint: Endpoint) -> tuple[int | None, str]:
    """Return an endpoint's last block, and a line about it that names no key."""
    started = time.perf_counter()
    try:
        with Client([endpoint.url], timeout=5) as rpc:
            head = rpc.block_number()
    except ChainError as error:
        return None, f"{endpoint.host}: {error.reason or error.detail}"
    return head, f"{endpoint.host}: block {head} in {(time.perf_counter() - started) * 1000:.0f} ms"
