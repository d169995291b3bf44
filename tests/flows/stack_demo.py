"""The whole demo as `make demo` runs it, one for all tests that need it; they carry ``xdist_group("demo")``.

No query of Django's runs here: ``ask`` puts SQL to the demo's own database, so that a browser may be open meanwhile.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, LiteralString
from urllib.error import URLError
from urllib.request import urlopen

import psycopg
import pytest
from psycopg import sql

from contracts.networks import NETWORKS
from stack import anvil, postgres, processes, tether
from stack.demo import DATABASE, WARMING, Demo, behind_the_tables, tables_stamp
from stack.places import ROOT
from stack.ports import Ports, is_free
from stack.services import MIGRATED, make_cluster, running_database
from stack.steps import fingerprint
from tests import services
from tests.stack.usage import children, family
from tests.waiting import until

OPENING, CLOSING, INSTALLING = 600.0, 120.0, 1800.0  # seconds
PORTS = range(18_000, 32_000, 20)  # below those that the system gives to connections, so that a restart finds them
UNREADY = """select count(*) from marketplace_adoption a left join marketplace_listingruntime r using (listing_id)
  where (r.checked_at > %s and r.state = 'ready') is not true"""


class StackDemo:
    """One demo in a folder of its own. ``url`` is the site's address, ``rpc`` its chain's; both survive a restart."""

    def __init__(self, home: Path) -> None:
        """Choose its ports; nothing is started yet."""
        port = free_block()
        self.made = Demo(home, Ports(web=port, chain=port + 10, chat=port + 1, embeddings=port + 2, senses=port + 3))
        self.url, self.rpc = f"http://127.0.0.1:{port}", anvil.url(port + 10)
        self.output = home.parent / "demo.out"
        self.runner: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and return when it says that it is open: the web of the one before may answer for a while."""
        before = len(self.said())
        ports = {"PORT": str(self.made.ports.web), "CHAIN_PORT": str(self.made.ports.chain)}
        variables = {**os.environ, **ports, "DEMO_DIR": str(self.made.home), "STACK_ENTERED": "yes"}
        command = tether.command(sys.executable, "-m", "stack", "demo")
        with self.output.open("ab") as output:
            self.runner = subprocess.Popen(
                command, cwd=ROOT, env=tether.environment(variables), stdout=output, stderr=output
            )
        self.wait(lambda: "Citrate is open" in self.said()[before:], OPENING)
        self.wait(lambda: self.pids()[WARMING[-1]] != 0, OPENING)
        # It would embed the whole catalogue: a minute of a core for what no test of the demo looks at.
        self.supervisor("stopProcess", "search")

    def said(self) -> str:
        """Return all that it has printed so far."""
        return self.output.read_text() if self.output.exists() else ""

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
        """Return the process id of ``runner``, ``supervisor``, ``anvil``, or of one of the supervised: chain, web…"""
        if name == "runner":
            assert self.runner
            return self.runner.pid
        if name == "supervisor":
            return int(self.supervisor("getPID"))
        if name == "anvil":
            return children(self.pid("chain"))[0]
        found = self.pids()[name]
        assert found, f"{name} does not run now."  # 0 would stand for our own group
        return found

    def pids(self) -> dict[str, int]:
        """Return the ids of all that is supervised, by name; 0 for what is not running now."""
        return {each["name"]: each["pid"] for each in self.supervisor("getAllProcessInfo")}

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
        self.wait(lambda: self.ask(UNREADY, since) == [(0,)], INSTALLING, every=0.3)

    def mine(self) -> None:
        """Make as many blocks at once as have to follow a payment, and the one with it, which take eight seconds."""
        anvil.rpc(self.made.ports.chain, "anvil_mine", hex(1 + NETWORKS["anvil"].confirmations))

    def ask(self, query: LiteralString, *values: Any) -> list[Any]:
        """Return the rows of a query of the demo's database."""
        with psycopg.connect(postgres.url(self.made.sockets, DATABASE)) as connection:
            return connection.execute(query, values).fetchall()

    def log(self, name: str) -> str:
        """Return what a process has written lately."""
        return (self.made.home / "logs" / f"{name}.log").read_text()[-4000:]

    def wait(self, ready: Callable[[], bool], seconds: float, every: float = 0.25) -> None:
        """Return when something is so, while the demo lives; it is looked at every so many seconds."""

        def so() -> bool:
            assert self.runner
            assert self.runner.poll() is None, self.output.read_text()[-4000:]
            return ready()

        until(so, lambda: self.output.read_text()[-4000:], seconds, every)

    def manage(self, *arguments: str) -> None:
        """Run one of Django's commands over the demo's data."""
        command = [sys.executable, "manage.py", *arguments]
        variables = self.made.variables()
        ended = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr

    def supervisor(self, method: str, *arguments: str) -> Any:
        """Ask the supervisor."""
        return processes.ask(self.made.sockets, method, *arguments)

    def kill_everything(self) -> None:
        """Kill the runner, the supervisor, and whatever they have started, before any of them can react."""
        os.kill(self.pid("supervisor"), signal.SIGSTOP)  # so that it starts nothing anew
        for each in reversed(family(self.pid("runner"))):
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)


def free_block() -> int:
    """Return the first of twenty ports that nobody listens on."""
    mine = os.getpid() % len(PORTS)
    blocks: list[int] = [*PORTS[mine:], *PORTS[:mine]]
    return next(first for first in blocks if all(map(is_free, range(first, first + 20))))


def collected(home: Path) -> None:
    """Have the files that pages load be there already: they are those of this run, which has just collected them."""
    shutil.copytree(services.FOLDER / "static", home / "static")
    shutil.copy(services.FOLDER / "static.stamp", home)


def migrated(made: Demo) -> None:
    """Have its tables be there already, which take half a minute of a core: `migrate` has made them for this run."""
    postgres.own(made.sockets)
    make_cluster(made.cluster, made.sockets)
    with (
        running_database(made.cluster, made.sockets, signal.SIGINT),
        psycopg.connect(postgres.url(made.sockets, "postgres"), autocommit=True) as server,
    ):
        ours, theirs = sql.Identifier(DATABASE), sql.Identifier(MIGRATED)
        server.execute(sql.SQL("drop database {}").format(ours))
        server.execute(sql.SQL("alter database {} rename to {}").format(theirs, ours))
    tables_stamp(made.cluster).write_text(fingerprint(behind_the_tables()))


@pytest.fixture(scope="package")
def demo() -> Iterator[StackDemo]:
    """The demo, open; its engines may still be warming up."""
    # Not pytest's folder, which another run makes private again: PostgreSQL runs as another user than root.
    with tempfile.TemporaryDirectory(prefix="citrate-demo-", ignore_cleanup_errors=True) as folder:
        made = StackDemo(Path(folder) / "demo")
        collected(made.made.home)
        migrated(made.made)
        try:
            made.start()
            yield made
        finally:
            made.stop()
