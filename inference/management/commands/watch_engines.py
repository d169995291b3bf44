"""``manage.py watch_engines``: probes the engines, warms them up, closes calls whose server has died, tidies."""

import logging
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connections

from common.database import AWAY
from common.sessions import forget_expired
from inference.actions import sweep_calls
from inference.health import check_engines
from inference.performance import sample_and_rate
from inference.retention import forget_old
from inference.usage import count_days, count_uses
from inference.watching import Watch, look_after

log = logging.getLogger(__name__)
PAUSE = 5  # seconds
SAMPLE_EVERY, COUNT_EVERY, FORGET_EVERY = 60.0, 300.0, 86_400.0  # seconds


class Command(BaseCommand):
    help = "Watch the engines until stopped, or look once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="look once and end")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        sampled = counted = forgot = float("-inf")
        sellers = Watch()
        while True:
            try:
                sweep_calls()
                check_engines()
                if once:
                    look_after()
                else:
                    sellers.go_on()
                if time.monotonic() - sampled >= SAMPLE_EVERY:
                    sample_and_rate()
                    sampled = time.monotonic()
                if time.monotonic() - counted >= COUNT_EVERY:
                    count_uses()
                    count_days()
                    counted = time.monotonic()
                if time.monotonic() - forgot >= FORGET_EVERY:
                    log.info("%s old rows forgotten.", forget_old() + forget_expired())
                    forgot = time.monotonic()
            except AWAY:
                if once:
                    raise
                log.warning("The database does not answer; looking again in %s seconds.", PAUSE)
            if once:
                return
            connections.close_all()
            time.sleep(PAUSE)
