"""``manage.py recompute_scores [--check]``: every review's standing and every score once more, from the rows alone."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from marketplace.scores.rechecking import Difference, recompute


class Command(BaseCommand):
    """Ends with an error where something differed from what was stored, and ``--check`` was to leave it so."""

    help = "Judge every review and reckon every score again. With --check nothing is written, and what differs is told."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="compare only")

    def handle(self, *args: object, **options: Any) -> None:
        found, listings = recompute(keep=not options["check"])
        for each in found:
            self.stdout.write(_line(each))
        self.stdout.write(f"{listings} listings with reviews, {len(found)} differences.")
        if found and options["check"]:
            raise CommandError("What is stored is not what the rows say; see above.")


def _line(each: Difference) -> str:
    return f"{each.listing}: {each.what} was {each.stored} and is {each.reckoned}."
