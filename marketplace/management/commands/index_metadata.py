"""``manage.py index_metadata``: fetches documents that chains name and nobody here has, and keeps pins, once or on."""

import logging
import threading
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connections

from common.database import AWAY
from marketplace.listings.pinned import want_listings
from marketplace.pinning.actions import keep_due
from marketplace.pinning.node import NodeAwayError, our_node
from marketplace.unclaimed.fetching import Fetching
from marketplace.unclaimed.syncing import Reader

log = logging.getLogger(__name__)
PAUSE, PINS_PAUSE, AWAY_PAUSE = 1.0, 5.0, 15.0  # seconds between looks


class Command(BaseCommand):
    help = "Fetch the metadata of listings on chain, and keep pins; --follow goes on until it is stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--follow", action="store_true", help="go on until stopped")

    def handle(self, *args: object, follow: bool, **options: Any) -> None:
        reader, fetching = Reader(), Fetching()
        if follow:
            # Bringing a large file takes minutes, and no document waits for it.
            threading.Thread(target=keep_pins, daemon=True, name="pins").start()
        else:
            look_at_pins()
        try:
            while look(reader, fetching) or follow or fetching.is_busy:
                if follow:
                    connections.close_all()
                time.sleep(PAUSE if follow else 0.05)
        finally:
            fetching.close()


def look(reader: Reader, fetching: Fetching) -> int:
    """Read what the chains name, and take a step with what is fetched; return how much there was of both."""
    try:
        return reader.sync() + fetching.step()
    except AWAY:
        log.warning("The database does not answer; looking again.")
        return 0


def keep_pins() -> None:
    """Bring and look after pins until the process ends."""
    while True:
        pause = PINS_PAUSE
        try:
            look_at_pins()
        except NodeAwayError as error:
            pause = AWAY_PAUSE
            log.info("The node does not answer; looking again in %s seconds: %s", pause, error)
        except AWAY:
            log.warning("The database does not answer; looking again in %s seconds.", pause)
        connections.close_all()
        time.sleep(pause)


def look_at_pins() -> None:
    """Want what is new, and look at what is due. Nothing where no node is configured."""
    node = our_node()
    if node is None:
        return
    want_listings()
    keep_due(node=node)
