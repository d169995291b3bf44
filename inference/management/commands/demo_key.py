"""``manage.py demo_key``: keeps a ready API key of the demo's buyer in a file that its owner alone can read.

And beside it, as ``wallet_key``, that of a program's wallet with demo dollars.
"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.demo import PERSONAS
from contracts.chain.client import client
from contracts.models import LOCAL_CHAIN, Chain
from inference.paying.ready import ready_key, ready_wallet
from marketplace.demo.listings import BUYERS


class Command(BaseCommand):
    help = "Keep a ready API key of the demo's buyer, authorised on its chain, in a file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("origin")

    def handle(self, *args: Any, **options: Any) -> None:
        # Never the secret: what a command says is kept in a log.
        key = ready_key(path=options["path"], address=PERSONAS[0].address, origin=options["origin"])
        self.stdout.write(f"The key {key.pk} is ready.")
        giver = client(Chain.objects.get(pk=LOCAL_CHAIN)).call("eth_accounts")[BUYERS[-1]]
        wallet = ready_wallet(path=options["path"].with_name("wallet_key"), giver=giver)
        self.stdout.write(f"The wallet {wallet} is ready.")
