"""``manage.py forget_chain --chain anvil``: forget what was read of a chain, so that it is read again."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contracts.actions import forget_chain
from contracts.errors import ChainError
from contracts.indexer.lead import leading
from contracts.models import Chain


class Command(BaseCommand):
    """Nothing that people wrote is touched: it refers to the chain by natural keys."""

    help = "Forget everything that was indexed of a chain; the indexer then begins at the contracts' first block."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--chain", required=True, help="the chain's short name")

    def handle(self, *args: object, **options: Any) -> None:
        chain = Chain.objects.filter(short_name=options["chain"]).first()
        if chain is None:
            raise CommandError("There is no such chain here.")
        try:
            with leading(chain, wait=False):
                forget_chain(chain=chain)
        except ChainError as error:
            raise CommandError(str(error.detail)) from error
        self.stdout.write(f"{chain.name} is forgotten; manage.py index_chain reads it again.")
