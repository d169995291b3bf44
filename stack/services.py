"""A PostgreSQL and a Redis for one run of the tests or of a benchmark: `python -m stack services`.

It prints one line of JSON with the addresses as soon as Redis answers, starts PostgreSQL when it reads a line, prints
another one when that answers too, and ends when its standard input is closed: a run that is killed closes it as well,
so nothing stays behind. ``Services`` is the other end of this.

Beside the empty database there is a migrated one from the start: the cluster is a copy of one that is kept in
``.test``, under the fingerprint of all that its tables follow from.
"""

import json
import os
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
from .environment import LOCKS
from .imports import sources
from .places import ROOT, exclusive, socket_dir
from .steps import fingerprint, run
from .trouble import Trouble

DATABASE = "citrate"  # empty
MIGRATED = "migrated"  # has all tables, for others to be copied from
KEPT = ROOT / ".test"
MANY = {"max_connections": "200"}
# The data dies with the run, so none of it has to reach the disk, unless that is what is measured.
UNSAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", **MANY}


class Services:
    """Both servers, in a process that ends with this one. Raises Trouble where they do not start."""

    def __init__(self) -> None:
        # In a session of its own: Ctrl-C is for the tests, and the services outlive their last query.
        self._host = subprocess.Popen(
            [sys.executable, "-m", "stack", "services"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.addresses: dict[str, str] = json.loads(self._heard())
        self._has_database = False

    def start_database(self) -> None:
        """Start PostgreSQL, unless it runs, and return when it answers."""
        if not self._has_database:
            print("database", file=self._host.stdin, flush=True)
            self._heard()
            self._has_database = True

    def stop(self) -> None:
        """Stop both, and return when their data is deleted."""
        self._host.communicate()

    def _heard(self) -> str:
        line = self._host.stdout.readline() if self._host.stdout else ""
        if line:
            return line
        self.stop()
        raise Trouble("PostgreSQL and Redis do not start; see above.")


def serve() -> int:
    """Run the servers in a temporary folder until standard input ends, or until this process is told to stop."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the folder goes then too
    with tempfile.TemporaryDirectory(prefix="citrate-test-", ignore_cleanup_errors=True) as name:
        home = Path(name)
        sockets = postgres.own(socket_dir(home))
        with (
            _removed(sockets),
            _running(redis.command(home, sockets, keep=False), home / "redis.log", signal.SIGTERM),
        ):
            _wait(lambda: redis.answers(sockets))
            addresses = {
                "DATABASE_URL": postgres.url(sockets, DATABASE),
                "MIGRATED_DATABASE": MIGRATED,
                "REDIS_URL": redis.url(sockets),
            }
            print(json.dumps(addresses), flush=True)
            if sys.stdin.readline():
                _serve_database(home, sockets)
    return 0


def _serve_database(home: Path, sockets: Path) -> None:
    data = home / "postgres"
    make_cluster(data, sockets)
    with running_database(data, sockets, signal.SIGQUIT):  # at once: nobody reads the data again
        print("ready", flush=True)
        sys.stdin.read()


def make_cluster(data: Path, sockets: Path) -> None:
    """Make the cluster ``data`` with a migrated database: a copy of the kept one, or a new one to be kept."""
    KEPT.mkdir(exist_ok=True)
    with exclusive(KEPT):
        kept = KEPT / f"cluster-{fingerprint(_behind_the_tables())[:16]}"
        if kept.exists():
            postgres.restore(kept, data)
            return
        _migrate(data, sockets)
        for outdated in KEPT.glob("cluster-*"):
            shutil.rmtree(outdated)
        postgres.keep(data, kept)


def _behind_the_tables() -> list[Path]:
    """Return the files that decide what is in a migrated database, by what they say or by what runs them."""
    migrations = {file for migration in ROOT.glob("*/migrations/*.py") for file in sources(migration)}
    settings = ROOT / "config" / "settings"
    return [
        *sorted(migrations),
        settings,
        LOCKS / "base.txt",
        LOCKS / "stack.txt",
        Path(postgres.__file__),
        Path(__file__),
    ]


def _migrate(data: Path, sockets: Path) -> None:
    postgres.initialise(data, sockets)
    variables = {"DATABASE_URL": postgres.url(sockets, MIGRATED), "DJANGO_SETTINGS_MODULE": "config.settings.test"}
    command = (sys.executable, ROOT / "manage.py", "migrate", "--verbosity=0")
    with running_database(data, sockets, signal.SIGINT):
        for name in (DATABASE, MIGRATED):
            postgres.ensure_database(sockets, name)
        run(*command, log=KEPT / "logs" / "migrate.log", variables={**os.environ, **variables})


@contextmanager
def running_database(data: Path, sockets: Path, stop: signal.Signals) -> Iterator[None]:
    """Run the cluster ``data`` until the block ends, by a signal that says how."""
    options = MANY if os.environ.get("DATABASE_DURABLE") else UNSAFE
    with _running(postgres.command(data, sockets, **options), data.with_suffix(".log"), stop):
        _wait(lambda: postgres.answers(sockets))
        yield


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
        time.sleep(0.02)


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
