"""A PostgreSQL and a Redis for one test run: `python -m stack services`.

Prints one line of JSON with their addresses, and ends when its standard input is closed: a test run that is killed
closes it too, so nothing stays behind.
"""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from . import postgres, redis, tether
from .places import socket_dir
from .trouble import Trouble

# The data dies with the run, so none of it has to reach the disk.
UNSAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}


def serve() -> int:
    """Run both servers in a temporary folder until standard input ends, or until this process is told to stop."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the folder goes then too
    with tempfile.TemporaryDirectory(prefix="citrate-test-", ignore_cleanup_errors=True) as name:
        home = Path(name)
        data, sockets = home / "postgres", socket_dir(home)
        postgres.initialise(data, sockets)
        with (
            _removed(sockets),
            _running(postgres.command(data, sockets, **UNSAFE), home / "postgres.log", signal.SIGINT),
            _running(redis.command(home, sockets, keep=False), home / "redis.log", signal.SIGTERM),
        ):
            _wait(lambda: postgres.answers(sockets) and redis.answers(sockets))
            postgres.ensure_database(sockets, "citrate")
            addresses = {"DATABASE_URL": postgres.url(sockets, "citrate"), "REDIS_URL": redis.url(sockets)}
            print(json.dumps(addresses), flush=True)
            sys.stdin.read()
    return 0


@contextmanager
def _removed(sockets: Path) -> Iterator[None]:
    """Remove the folder of the sockets too, which may lie outside the temporary one."""
    try:
        yield
    finally:
        shutil.rmtree(sockets, ignore_errors=True)


def _wait(ready: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise Trouble(f"The tests' PostgreSQL and Redis did not answer within {seconds:.0f} seconds.")
        time.sleep(0.05)


@contextmanager
def _running(command: list[str], log: Path, stop: signal.Signals) -> Iterator[None]:
    """Run a command while the block lasts, then end it by the signal ``stop``."""
    with log.open("w") as output:
        child = subprocess.Popen(command, env=tether.environment(), stdout=output, stderr=subprocess.STDOUT)
    try:
        yield
    finally:
        child.send_signal(stop)
        child.wait(20)
