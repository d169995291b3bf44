"""``manage.py index_search``: brings the search's vectors, word counts and qualities up to date, once or for ever."""

import logging
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connections

from common.database import AWAY
from marketplace.search.index_actions import embed_listings
from marketplace.search.meaning import EngineSilentError
from marketplace.search.rank_prior import weigh_listings
from marketplace.search.vocabulary import count_heads, count_words

log = logging.getLogger(__name__)
PAUSE = 15  # seconds between looks
ROUND = 240  # looks after which words and qualities are counted again: an hour


class Command(BaseCommand):
    help = "Bring what a search looks things up in up to date; --follow goes on until it is stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--follow", action="store_true", help="go on until stopped")

    def handle(self, *args: object, follow: bool, **options: Any) -> None:
        look = 0
        while True:
            try:
                if look % ROUND == 0:
                    log.info("%s words counted, %s qualities changed.", count_words(), weigh_listings())
                    log.info("The best listings of %s common words kept.", count_heads())
                self._embed()
            except (*AWAY, EngineSilentError) as error:
                if not follow:
                    raise
                log.info("Looking again in %s seconds: %s", PAUSE, error)
            if not follow:
                return
            look += 1
            # No connection is held through the pause, where the server might end it.
            connections.close_all()
            time.sleep(PAUSE)

    def _embed(self) -> None:
        done = 0
        while some := embed_listings():
            done += some
        if done:
            log.info("%s listings looked at for their vectors.", done)
