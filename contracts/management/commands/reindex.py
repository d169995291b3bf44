"""``manage.py reindex --chain anvil [--from N] [--event Contract.Name]``: rebuild projections from stored events."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contracts.indexer.dispatch import load_handlers
from contracts.indexer.rebuild import rebuild
from contracts.models import Chain


class Command(BaseCommand):
    """The chain is not asked, and pages keep serving what was there until all of it is done."""

    help = "Make facts, folds and tallies anew from the stored events, after handlers were added or changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--chain", required=True, help="the chain's short name")
        parser.add_argument("--from", type=int, default=0, dest="first", help="the first block (default: all)")
        parser.add_argument("--event", default="", help="one event alone, such as AccessPass.TransferSingle")

    def handle(self, *args: object, **options: Any) -> None:
        chain = Chain.objects.filter(short_name=options["chain"]).first()
        if chain is None:
            raise CommandError("There is no such chain here.")
        contract, _, name = options["event"].partition(".")
        if options["event"] and not name:
            raise CommandError("Name the event with its contract, such as AccessPass.TransferSingle.")
        load_handlers()
        count = rebuild(chain=chain, first=options["first"], event=(contract, name) if name else None)
        self.stdout.write(f"{count} events of {chain.name} were gone through again.")
