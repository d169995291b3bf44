"""``manage.py grant_staff ADDRESS``: make a wallet one of the staff, who moderate; ``--remove`` takes it away."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.actions import set_staff
from common.errors import DomainError


class Command(BaseCommand):
    """Works before the wallet's first sign-in too. Running it again changes nothing."""

    help = "Let a wallet read the back office under /admin/, or keep it out again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", metavar="ADDRESS", help="0x and 40 hexadecimal digits")
        parser.add_argument("--remove", action="store_true", help="take it away; it counts at the next request")

    def handle(self, *args: object, **options: Any) -> None:
        try:
            user = set_staff(address=options["address"], is_staff=not options["remove"])
        except DomainError as error:
            raise CommandError(str(error.detail)) from error
        self.stdout.write(f"{user.checksum} is {'staff' if user.is_staff else 'not staff'} now.")
