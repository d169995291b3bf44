"""The whole demo as `make demo` runs it, one for all tests that need it; they carry ``xdist_group("demo")``.

No query of Django's runs here: ``ask`` puts SQL to the demo's own database, so that a browser may be open meanwhile.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, LiteralString
from urllib.error import URLError
from urllib.request import urlopen

import psycopg
import pytest

from stack import postgres, processes, tether
from stack.places import ROOT, is_free, socket_dir

OPENING, CLOSING, INSTALLING = 300.0, 60.0, 1800.0  # seconds
PORTS = range(18_000, 32_000, 20)  # below those that the system gives to connections, so that a restart finds them
UNREADY = """select count(*) from marketplace_adoption a left join marketplace_listingruntime r using (listing_id)
  where (r.checked_at > %s and r.state = 'ready') is not true"""


class StackDemo:
    """One demo in a folder of its own. ``url`` is the site's address, ``rpc`` its chain's; both survive a restart."""

    def __init__(self, home: Path) -> None:
        """Choose its ports; nothing is started yet."""
        self.home = home
        self.sockets = socket_dir(home)
        port = free_block()
        self.ports = {"PORT": str(port), "CHAIN_PORT": str(port + 10)}
        self.url, self.rpc = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 10}"
        self.output = home.parent / "demo.out"
        self.runner: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and return when it serves pages."""
        variables = {**os.environ, **self.ports, "DEMO_DIR": str(self.home), "STACK_ENTERED": "yes"}
        command = tether.command(sys.executable, "-m", "stack", "demo")
        with self.output.open("ab") as output:
            self.runner = subprocess.Popen(
                command, cwd=ROOT, env=tether.environment(variables), stdout=output, stderr=output
            )
        self.wait(self.is_open, OPENING)

    def stop(self) -> None:
        """End it in good order, or wait for the end of what is left of it."""
        if self.runner:
            self.runner.send_signal(signal.SIGINT)
            self.runner.wait(CLOSING)

    def restart(self) -> None:
        """End it, unless it is dead, and start it again on the same data."""
        self.stop()
        self.start()

    def pid(self, name: str) -> int:
        """Return the process id of ``runner``, ``supervisor``, or one of the supervised: postgres, chain, web…"""
        if name == "runner":
            assert self.runner
            return self.runner.pid
        if name == "supervisor":
            return int(self._supervisor("getPID"))
        return int(self._supervisor("getProcessInfo", name)["pid"])

    def pids(self) -> dict[str, int]:
        """Return the ids of all that is supervised, by name; 0 for what is not running now."""
        return {each["name"]: each["pid"] for each in self._supervisor("getAllProcessInfo")}

    def is_open(self) -> bool:
        """Say whether pages are served."""
        try:
            urlopen(f"{self.url}/readyz", timeout=5).close()  # noqa: S310  our own
        except (URLError, OSError):
            return False
        return True

    def wait_for_engines(self) -> None:
        """Return when the watch has just found that every listing's engine answers."""
        since = self.ask("select now()")[0][0]
        self.wait(lambda: self.ask(UNREADY, since) == [(0,)], INSTALLING)

    def ask(self, query: LiteralString, *values: Any) -> list[Any]:
        """Return the rows of a query of the demo's database."""
        with psycopg.connect(postgres.url(self.sockets, "citrate")) as connection:
            return connection.execute(query, values).fetchall()

    def log(self, name: str) -> str:
        """Return what a process has written lately."""
        return (self.home / "logs" / f"{name}.log").read_text()[-4000:]

    def wait(self, ready: Callable[[], bool], seconds: float) -> None:
        """Return when something is so, while the demo lives."""
        until = time.monotonic() + seconds
        while not ready():
            assert self.runner
            assert self.runner.poll() is None, self.output.read_text()[-4000:]
            assert time.monotonic() < until, self.output.read_text()[-4000:]
            time.sleep(0.2)

    def _supervisor(self, method: str, *arguments: str) -> Any:
        return processes.ask(self.sockets, method, *arguments)


def free_block() -> int:
    """Return the first of twenty ports that nobody listens on."""
    mine = os.getpid() % len(PORTS)
    blocks = [*PORTS[mine:], *PORTS[:mine]]
    return next(first for first in blocks if all(map(is_free, range(first, first + 20))))


@pytest.fixture(scope="session")
def demo() -> Iterator[StackDemo]:
    """The demo, open; its engines may still be warming up."""
    # Not pytest's folder, which another run makes private again: PostgreSQL runs as another user than root.
    with tempfile.TemporaryDirectory(prefix="citrate-demo-", ignore_cleanup_errors=True) as folder:
        made = StackDemo(Path(folder) / "demo")
        try:
            made.start()
            yield made
        finally:
            made.stop()
