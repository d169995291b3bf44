"""``manage.py index_chain [--chain anvil] [--follow]``: bring what happened on chains into the database."""

from __future__ import annotations

import signal
import sys
import threading
from argparse import ArgumentParser
from collections.abc import Sequence
from functools import partial
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from contracts.actions import open_chain
from contracts.chain.client import Client
from contracts.errors import ChainError
from contracts.indexer import lead
from contracts.management.progress import Bars
from contracts.models import LOCAL_CHAIN, Chain
from contracts.networks import NETWORKS

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    """One process at a time leads on a chain; another one that follows waits for its turn."""

    help = "Index chains up to their heads, or follow them until this process is told to stop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--chain", action="append", help="a chain's short name; all that have contracts by default")
        parser.add_argument("--follow", action="store_true", help="go on until told to stop")

    def handle(self, *args: object, **options: Any) -> None:
        lead.spare_the_collector()
        try:
            chains = find_chains(options["chain"])
            with Bars(self.stdout.isatty()) as bars:
                if options["follow"]:
                    self._follow(chains, bars)
                else:
                    for chain in chains:
                        self._index(chain, bars)
        except ChainError as error:
            raise CommandError(str(error.detail)) from error

    def _index(self, chain: Chain, bars: Bars) -> None:
        with Client(chain.endpoints) as rpc, lead.leading(chain, wait=False):
            lead.check(chain, rpc)
            head = lead.catch_up(chain, rpc, bars.told)
        self.stdout.write(f"{chain.name} is indexed up to block {head}.")

    def _follow(self, chains: Sequence[Chain], bars: Bars) -> None:
        """Follow one chain here, several in a thread each; one that stops for a person does not stop the others."""
        asked = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda number, frame: asked.set())
        if len(chains) == 1:
            follow(chains[0], asked, bars)
            return
        failed: list[ChainError] = []
        threads = [threading.Thread(target=partial(_follow_apart, chain, asked, bars, failed)) for chain in chains]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failed:
            raise failed[0]


def find_chains(names: Sequence[str] | None) -> list[Chain]:
    """Return the chains of these names, or all that have contracts. Raises CommandError where there is none.

    A chain that is named for the first time is opened, if its contracts stand in the folder of deployments.
    """
    if not names:
        found = list(Chain.objects.exclude(deployment={}).order_by("pk"))
        if not found:
            raise CommandError("There is no chain with contracts here; run manage.py deploy_contracts first.")
        return found
    return [_find(name) for name in names]


def follow(chain: Chain, asked: threading.Event, bars: Bars) -> None:
    """Follow a chain until asked to stop."""
    with Client(chain.endpoints) as rpc:
        lead.follow(chain, rpc, asked.is_set, bars.told)


def _follow_apart(chain: Chain, asked: threading.Event, bars: Bars, failed: list[ChainError]) -> None:
    try:
        follow(chain, asked, bars)
    except ChainError as error:
        log.error("indexing has stopped", chain=chain.short_name, why=str(error.detail))
        print(f"{chain.name}: {error.detail}", file=sys.stderr)  # noqa: T201  loud, whatever the logs are set to
        failed.append(error)
    finally:
        connection.close()  # the thread's own


def _find(name: str) -> Chain:
    chain = Chain.objects.filter(short_name=name).first()
    urls = settings.RPC_URLS.get(name, [])
    if (chain is None or not chain.deployment) and name in NETWORKS and urls:
        is_local = NETWORKS[name].id == LOCAL_CHAIN
        folder = settings.LOCAL_DEPLOYMENTS_DIR if is_local else settings.DEPLOYMENTS_DIR
        return open_chain(short_name=name, rpc_urls=urls, folder=folder)
    if chain is None:
        raise CommandError(f"There is no such chain here: {name}. Set RPC_URLS_{name.upper()}, or deploy to it first.")
    return chain
