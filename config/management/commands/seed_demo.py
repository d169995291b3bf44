"""``manage.py seed_demo``: sixty days of the demo's market and its DAO, by real transactions."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.errors import DomainError
from config.demo.seeding import seed
from contracts.models import LOCAL_CHAIN, Chain


class Command(BaseCommand):
    """Only on the demo's own chain, whose node signs for the demo's accounts. A second run does nothing."""

    help = "Fill the demo's chain, which has to begin sixty days ago, with sales, and with what the DAO decided."

    def handle(self, *args: object, **options: Any) -> None:
        chain = Chain.objects.filter(pk=LOCAL_CHAIN).exclude(deployment={}).first()
        if chain is None:
            raise CommandError("There are no contracts on the demo's chain; run manage.py deploy_contracts first.")
        try:
            sent = seed(chain=chain, say=self.stdout.write)
        except DomainError as error:
            raise CommandError(str(error.detail)) from error
        self.stdout.write(f"{sent} transactions were sent." if sent else "The demo was seeded already.")
