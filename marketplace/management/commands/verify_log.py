"""``manage.py verify_log``: compares the log of moderators' decisions with itself, the decisions and the chain."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from contracts.errors import ChainError
from marketplace.reports.verification import verify_log


class Command(BaseCommand):
    """Ends with an error where anything does not fit."""

    help = "Check that the log of decisions is whole, says what was decided, and is what was anchored on chain."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--offline", action="store_true", help="do not ask the chain, only what is indexed of it")

    def handle(self, *args: Any, offline: bool, **options: Any) -> None:
        try:
            found = verify_log(asks_chain=not offline)
        except ChainError as error:
            raise CommandError(f"The chain does not answer: {error.detail}") from error
        for fault in found.faults:
            self.stdout.write(fault)
        if found.faults:
            raise CommandError(f"The log is not as it was: {len(found.faults)} faults in {found.entries} entries.")
        self.stdout.write(
            f"The log is whole: {found.entries} entries, of which {found.erased} can be compared with no decision any "
            f"more, and {found.anchors} anchors. Its head is {found.head}."
        )
