"""``manage.py relay_votes``: carries signed ballots and delegations to the chain within a day's budget."""

import logging
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import connections

from common.database import AWAY
from contracts.chain.transactions import account_of
from contracts.errors import ChainError
from governance.ground.errors import NoDaoError
from governance.ground.home import home_chain
from governance.relay.relayer import relay_signed

log = logging.getLogger(__name__)
PAUSE = 5  # seconds: some blocks, so that ballots gather for a batch


class Command(BaseCommand):
    """Takes the relayer's key, RELAYER_KEY, from the environment; without one it relays nothing, and pages say so."""

    help = "Relay signed ballots and delegations until stopped, or once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do it once and end")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        while True:
            try:
                if settings.RELAYER_KEY:
                    relay_signed(chain=home_chain(), relayer=account_of(settings.RELAYER_KEY))
            # A chain that is away comes back, and a DAO that is not there yet comes.
            except (ChainError, NoDaoError) as error:
                log.warning("Nothing was relayed: %s", error.detail)
            except AWAY:
                if once:
                    raise
                log.warning("The database does not answer; trying again in %s seconds.", PAUSE)
            if once:
                return
            # No connection is held through the pause, where the server might end it.
            connections.close_all()
            time.sleep(PAUSE)
