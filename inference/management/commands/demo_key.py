"""``manage.py demo_key``: keeps a ready API key of the demo's buyer in a file that its owner alone can read."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.demo import PERSONAS
from inference.paying.ready import ready_key


class Command(BaseCommand):
    help = "Keep a ready API key of the demo's buyer, authorised on its chain, in a file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("origin")

    def handle(self, *args: Any, **options: Any) -> None:
        # Never the secret: what a command says is kept in a log.
        key = ready_key(path=options["path"], address=PERSONAS[0].address, origin=options["origin"])
        self.stdout.write(f"The key {key.pk} is ready.")
