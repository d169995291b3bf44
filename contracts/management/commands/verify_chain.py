"""``manage.py verify_chain [--chain anvil] [--at N]``: compare what is stored with what the contracts answer."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from common.database import AWAY
from contracts.chain.client import client
from contracts.errors import ChainError
from contracts.indexer.verify import verify_chain
from contracts.management.commands.index_chain import find_chains
from contracts.models import Chain, Verification

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    """Ends with an error where something differs, and names it; with ``--every`` it goes on, and says so in the log."""

    help = "Compare totals and samples of what is indexed with eth_call at a block, by default the last final one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--chain", action="append", help="a chain's short name; all that have contracts by default")
        parser.add_argument("--at", type=int, help="the block's number")
        parser.add_argument("--every", type=float, help="compare again after so many seconds, until stopped")

    def handle(self, *args: object, **options: Any) -> None:
        if options["every"]:
            again(options["chain"], options["every"])
            return
        differing = [chain.name for chain in find_chains(options["chain"]) if not self._verify(chain, options["at"])]
        if differing:
            raise CommandError(f"What is stored differs from {', '.join(differing)}; see above.")

    def _verify(self, chain: Chain, at: int | None) -> bool:
        try:
            found = compare(chain, at)
        except ChainError as error:
            raise CommandError(str(error.detail)) from error
        for each in found.differences:
            self.stdout.write(f"{each['name']} is {each['stored']} here and {each['chain']} on chain.")
        if not found.differences:
            self.stdout.write(f"{found.compared} values match {chain.name} at block {found.block_number}.")
        return not found.differences


def compare(chain: Chain, at: int | None = None) -> Verification:
    """Compare a chain at a block, by default its last final one."""
    number = max(chain.final_block(), chain.start_block - 1) if at is None else at
    return verify_chain(chain=chain, rpc=client(chain), number=number)


def again(names: Sequence[str] | None, seconds: float, stopped: Callable[[], bool] = lambda: False) -> None:
    """Compare the chains for ever; what does not answer is asked again the next time."""
    while not stopped():
        try:
            for chain in find_chains(names):
                _log(chain)
        except (CommandError, *AWAY) as error:
            log.warning("chains were not compared", why=str(error))
            connections.close_all()
        time.sleep(seconds)


def _log(chain: Chain) -> None:
    try:
        found = compare(chain)
    except ChainError as error:
        log.warning("a chain was not compared", chain=chain.short_name, why=str(error.detail))
        return
    say = log.error if found.differences else log.info
    say("a chain was compared", chain=chain.short_name, block=found.block_number, differences=found.differences)
