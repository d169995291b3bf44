"""``manage.py rate_performance``: rates what runs here anew, or says whether the raw rows give what is stored."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from inference.performance import rate_performances
from inference.rechecking import differences
from marketplace.listings.performance import Performance


class Command(BaseCommand):
    help = "Rate what runs here, or compare what is stored with the raw rows."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing, recompute from raw rows and compare")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        if not check:
            self.stdout.write(f"{rate_performances()} performances were rated.")
            return
        found = differences()
        for said in found:
            self.stderr.write(said)
        if found:
            raise CommandError(f"{len(found)} figures differ from what the raw rows say.")
        self.stdout.write(f"{Performance.objects.count()} performances are what the raw rows say.")
