"""``manage.py run_engines``: owns the engines of holders' own on this machine, until it is told to end."""

import fcntl
import logging
import signal
import threading
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import connections

from common.database import AWAY
from inference.dedicated_running import Engines
from inference.modalities.door import Door
from inference.modalities.running import Senses
from inference.models import EngineName
from marketplace.demo.files import keep_demo_files

log = logging.getLogger(__name__)
PAUSE = 0.5  # seconds


class Command(BaseCommand):
    help = "Start, watch and stop the engines of holders' own, or look once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="look once and end")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        over = threading.Event()
        if not once:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: over.set())
        folder = settings.OWN_ENGINES
        folder.parent.mkdir(parents=True, exist_ok=True)
        if settings.DEMO:
            self._keep_demo_files()
        with folder.with_suffix(".lock").open("w") as lock, ExitStack() as opened:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two of these would end each other's engines
            if not once and settings.ENGINES[EngineName.SPEECH]["key"]:
                opened.callback(self._open_door().close)
            engines = Engines(folder)
            while True:
                try:
                    engines.look()
                except AWAY:
                    log.warning("The database does not answer; looking again.")
                if once or over.wait(PAUSE):
                    break
                if engines.child is None:
                    connections.close_all()
            engines.close()

    def _open_door(self) -> Door:
        """Let programs that know the key ask the engines that sleep."""
        told = settings.ENGINES[EngineName.SPEECH]  # all of them have one owner
        door = Door(urlsplit(str(told["url"])).port or 80, str(told["key"]), Senses())
        door.open()
        return door

    def _keep_demo_files(self) -> None:
        """Give a demo listing its files: here they are there, because this process waits for the engines' packages."""
        for packages in settings.ENGINE_PYTHON.parent.parent.glob("lib/python3*/site-packages"):
            log.info("%s demo listings have their files.", keep_demo_files(packages))
