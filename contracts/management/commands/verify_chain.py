"""``manage.py verify_chain [--chain anvil] [--at N]``: compare what is stored with what the contracts answer."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contracts.chain.client import client
from contracts.errors import ChainError
from contracts.indexer.verify import verify_chain
from contracts.management.commands.index_chain import find_chains
from contracts.models import Chain


class Command(BaseCommand):
    """Ends with an error where something differs, and names it."""

    help = "Compare totals and samples of what is indexed with eth_call at a block, by default the last final one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--chain", action="append", help="a chain's short name; all that have contracts by default")
        parser.add_argument("--at", type=int, help="the block's number")

    def handle(self, *args: object, **options: Any) -> None:
        differing = [chain.name for chain in find_chains(options["chain"]) if not self._verify(chain, options["at"])]
        if differing:
            raise CommandError(f"What is stored differs from {', '.join(differing)}; see above.")

    def _verify(self, chain: Chain, at: int | None) -> bool:
        number = max(chain.final_block(), chain.start_block - 1) if at is None else at
        try:
            found = verify_chain(chain=chain, rpc=client(chain), number=number)
        except ChainError as error:
            raise CommandError(str(error.detail)) from error
        for each in found.differences:
            self.stdout.write(f"{each['name']} is {each['stored']} here and {each['chain']} on chain.")
        if not found.differences:
            self.stdout.write(f"{found.compared} values match {chain.name} at block {number}.")
        return not found.differences
