"""``manage.py keep_payouts``: distributes what has matured, gives fees on, and compares money with the contracts."""

import logging
import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import connections
from django.utils import timezone

from common.database import AWAY
from contracts.chain.client import client
from contracts.chain.transactions import account_of
from contracts.errors import ChainError
from contracts.indexer.verify import verify_chain
from contracts.models import Chain, Verification
from marketplace.money.keeper import distribute_matured
from marketplace.money.keeping import keepers

log = logging.getLogger(__name__)
PAUSE = 300  # seconds
KEPT = timedelta(days=7)


class Command(BaseCommand):
    """Takes the keeper's key, KEEPER_KEY, from the environment; without one it only compares."""

    help = "Distribute matured buckets and compare all money with the chain until stopped, or once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do it once and end")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        while True:
            try:
                for chain in Chain.objects.exclude(deployment={}):
                    self._keep(chain)
            except AWAY:
                if once:
                    raise
                log.warning("The database does not answer; trying again in %s seconds.", PAUSE)
            if once:
                return
            # No connection is held through the pause, where the server might end it.
            connections.close_all()
            time.sleep(PAUSE)

    def _keep(self, chain: Chain) -> None:
        try:
            keeper = account_of(settings.KEEPER_KEY) if settings.KEEPER_KEY else None
            if keeper:
                distribute_matured(chain=chain, keeper=keeper)
            for keep in keepers():
                keep(chain, keeper)
            verify_chain(chain=chain, rpc=client(chain), number=max(chain.final_block(), chain.start_block - 1))
        # A chain that does not answer must not hold up the others.
        except ChainError as error:
            log.warning("Payouts on %s were not kept: %s", chain.name, error.detail)
        Verification.objects.filter(chain=chain, made_at__lt=timezone.now() - KEPT).delete()
