"""``manage.py index_chain [--chain anvil] [--follow]``: bring what happened on a chain into the database."""

from __future__ import annotations

import signal
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contracts.chain.client import client
from contracts.errors import ChainError
from contracts.indexer import lead
from contracts.models import Chain


class Command(BaseCommand):
    """One process at a time leads on a chain; another one that follows waits for its turn."""

    help = "Index a chain up to its head, or follow it until this process is told to stop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--chain", default="anvil", help="the chain's short name")
        parser.add_argument("--follow", action="store_true", help="go on until told to stop")

    def handle(self, *args: object, **options: Any) -> None:
        try:
            chain = Chain.objects.get(short_name=options["chain"])
        except Chain.DoesNotExist:
            raise CommandError("There is no such chain here; run manage.py deploy_contracts first.") from None
        try:
            with lead.leading(chain, wait=options["follow"]):
                self._index(chain, options["follow"])
        except ChainError as error:
            raise CommandError(str(error.detail)) from error

    def _index(self, chain: Chain, forever: bool) -> None:
        rpc = client(chain)
        lead.check(chain, rpc)
        if not forever:
            self.stdout.write(f"{chain.name} is indexed up to block {lead.catch_up(chain, rpc)}.")
            return
        asked: list[int] = []

        def stop(number: int, frame: FrameType | None) -> None:
            asked.append(number)

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        lead.follow(chain, rpc, lambda: bool(asked))
