"""`make demo`: everything on this machine, from an empty folder to an open page, until Ctrl-C."""

import fcntl
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from . import anvil, engine, ipfs, pages, postgres, redis, tether
from .environment import LOCKS
from .imports import sources
from .places import ROOT, demo_dir, kept_secret, socket_dir
from .ports import Ports, check_free, free_ports
from .processes import Process, Supervisor
from .steps import fingerprint, once, run, step
from .trouble import Trouble

DATABASE = "citrate"
CATALOGUE = ROOT / "marketplace" / "data" / "open-models.jsonl"
# What decides which rows the catalogue's file becomes, and which upstreams open: these commands, and all they import.
IMPORTER = ROOT / "marketplace" / "management" / "commands" / "import_catalogue.py"
OPENER = ROOT / "inference" / "management" / "commands" / "open_upstreams.py"
INTERFACES, GENESIS = ROOT / "contracts" / "abi", ROOT / "contracts" / "genesis.json"
RUNNER_SECONDS, REST_SECONDS = 2, 60  # until the runner of a demo that ends says so, and until the rest of it has ended
WEB_SECONDS = 15  # until its web, which may outlive the supervisor, has answered what it was asked
MODEL = "HuggingFaceTB/SmolLM2-135M-Instruct"  # pragma: allowlist secret
USE = """  export OPENAI_BASE_URL={base} OPENAI_API_KEY={key}
  curl -H "Authorization: Bearer $OPENAI_API_KEY" $OPENAI_BASE_URL/models
  curl -H "Authorization: Bearer $OPENAI_API_KEY" $OPENAI_BASE_URL/chat/completions --json '{body}'"""
# With a wallet of its own that has demo dollars: the key stands in a file, for whoever may read the folder.
PAY = """  export WALLET_KEY=$(cat {wallet})
  .venv/bin/python inference/gateway/pay_one_call.py {base} {model} 'steel bottle, cold 24 h'"""
DOLLAR_MODEL = "shopfront/product-copy"  # 0.01 demo dollars a call
BODY = f'{{"model": "{MODEL}", "messages": [{{"role": "user", "content": "Hello"}}]}}'

# They start when the site is open: before, they would take the processors from its first page.
WARMING = ("chat", "embeddings", "search", "watch", "engines", "keeper", "relayer", "tasks", "ipfs", "metadata")


@dataclass(frozen=True)
class Demo:
    """One demo: the folder that it keeps everything in, and the ports that it answers on."""

    home: Path
    ports: Ports

    @property
    def url(self) -> str:
        """Where a browser on this machine finds it."""
        return f"http://localhost:{self.ports.web}"

    @property
    def origins(self) -> tuple[str, str]:
        """The addresses at which people may use it, which are those that it prints."""
        return self.url, f"http://127.0.0.1:{self.ports.web}"

    @property
    def sockets(self) -> Path:
        """The folder of its Unix sockets."""
        return socket_dir(self.home)

    @property
    def cluster(self) -> Path:
        """The folder of its database."""
        return self.home / "postgres"

    @property
    def chain(self) -> Path:
        """The folder of its chain."""
        return self.home / "chain"

    def processes(self) -> list[Process]:
        """List what runs together, in the order of starting; it is stopped from the end."""
        web = (sys.executable, "-m", "config.serve", "--port", str(self.ports.web))
        return [
            Process("postgres", postgres.command(self.cluster, self.sockets), stop=postgres.STOP, whole_group=False),
            Process("redis", redis.command(self.home / "redis", self.sockets, keep=True)),
            Process("chain", anvil.command(self.chain, self.ports.chain, self.sockets), whole_group=False, seconds=30),
            Process("indexer", tether.command(sys.executable, "manage.py", "index_chain", "--follow")),
            Process("chat", engine.command("chat", self.ports.chat)),
            Process("embeddings", engine.command("embeddings", self.ports.embeddings)),
            Process("search", tether.command(sys.executable, str(ROOT / "manage.py"), "index_search", "--follow")),
            Process("watch", tether.command(sys.executable, str(ROOT / "manage.py"), "watch_engines")),
            Process("engines", engine.own_command(), whole_group=False, seconds=25),
            Process("keeper", tether.command(sys.executable, str(ROOT / "manage.py"), "keep_payouts")),
            Process("relayer", tether.command(sys.executable, str(ROOT / "manage.py"), "relay_votes")),
            Process("ipfs", ipfs.command(self.home / "ipfs", self.sockets)),
            Process("metadata", tether.command(sys.executable, str(ROOT / "manage.py"), "index_metadata", "--follow")),
            # It also charges metered use on chain, every minute, and compares the ledger with the escrow.
            # It tells its own children: one that runs a task is to end it first.
            Process("tasks", tether.command(sys.executable, str(ROOT / "manage.py"), "run_tasks"), whole_group=False),
            Process("web", tether.command(*web)),
        ]

    def variables(self) -> dict[str, str]:
        """Return the environment of everything that runs Django, and of the engines."""
        key = kept_secret(self.home / "engine_key")
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings.demo",
            "DATABASE_URL": postgres.url(self.sockets, DATABASE),
            "REDIS_URL": redis.url(self.sockets),
            "STATIC_ROOT": str(self.home / "static"),
            "DEMO_DIR": str(self.home),
            "PORT": str(self.ports.web),
            "ORIGINS": ",".join(self.origins),
            "RPC_URLS_ANVIL": anvil.url(self.ports.chain),
            "CHAT_URL": f"http://127.0.0.1:{self.ports.chat}/v1",
            "CHAT_KEY": key,
            "EMBEDDINGS_URL": f"http://127.0.0.1:{self.ports.embeddings}/v1",
            "EMBEDDINGS_KEY": key,
            "SENSES_URL": f"http://127.0.0.1:{self.ports.senses}/v1",
            "SENSES_KEY": key,
            "IPFS_API": ipfs.url(self.sockets),
        }


def run_demo() -> int:
    """Bring the demo up, say where it is, and keep it up until this process is told to stop."""
    home = demo_dir()
    home.mkdir(parents=True, exist_ok=True)
    with _alone(home) as (runner, lock):
        anvil.check_made_with(home / "chain", _contracts())
        anvil.wait_for_end(home / "chain")  # else its port is taken, and the chain answers on another one
        demo = Demo(home, free_ports(patience=WEB_SECONDS))
        _stop_when_asked()
        pages.build(demo.home / "logs")
        postgres.own(demo.sockets)
        supervisor = Supervisor(demo.home, demo.sockets, demo.processes())
        try:
            _open(demo, supervisor, lock)
            print(f"\nCitrate is open at {' and '.join(demo.origins)}  (Ctrl-C stops it)", flush=True)
            for name in WARMING:
                supervisor.start(name, lambda: True)
            _show_key(demo, supervisor.logs)
            supervisor.wait()
            raise Trouble("The process supervisor has ended, and with it the demo; start it again.")
        except KeyboardInterrupt:
            return 0
        finally:
            runner.close()
            _close(demo, supervisor)


def _open(demo: Demo, supervisor: Supervisor, lock: IO[str]) -> None:
    with step("PostgreSQL and Redis"):
        postgres.initialise(demo.cluster, demo.sockets)
        supervisor.open(lock, demo.variables())
        supervisor.start("postgres", lambda: postgres.answers(demo.sockets))
        supervisor.start("redis", lambda: redis.answers(demo.sockets))
        postgres.ensure_database(demo.sockets, DATABASE)
    _prepare(demo, supervisor.logs)
    with step("Chain"):
        supervisor.start("chain", lambda: anvil.answers(demo.ports.chain))
        supervisor.start("indexer", lambda: True)
    with step("Web"):
        check_free(demo.ports.web)  # again: all before took its time
        supervisor.start("web", lambda: _answers(f"http://127.0.0.1:{demo.ports.web}/readyz"))


def _show_key(demo: Demo, logs: Path) -> None:
    """Say the demo buyer's API key, and lines that use it or pay without. The demo is open all the same."""
    path, origin = demo.home / "api_key", demo.origins[0]
    command = (sys.executable, ROOT / "manage.py", "demo_key", path, origin)
    try:
        run(*command, log=logs / "demo_key.log", variables=demo.variables())
        key = path.read_text()
    except (Trouble, OSError):
        print(f"There is no API key this time; {logs / 'demo_key.log'} says why.", flush=True)
        return
    print(f"API key: {key}\n{USE.format(base=f'{origin}/v1', key=key, body=BODY)}", flush=True)
    print("One call paid by a signature, without an account (x402):", flush=True)
    print(PAY.format(wallet=demo.home / "wallet_key", base=f"{origin}/v1", model=DOLLAR_MODEL), flush=True)


def _prepare(demo: Demo, logs: Path) -> None:
    """Migrate, import and collect, each only if something it depends on has changed."""

    def manage(*arguments: str | Path) -> None:
        log = logs / f"{arguments[0]}.log"
        run(sys.executable, ROOT / "manage.py", *arguments, log=log, variables=demo.variables())

    once("Database tables", tables_stamp(demo.cluster), behind_the_tables(), lambda: manage("migrate"))
    inputs = [CATALOGUE, *behind_the_tables(), *sources(IMPORTER)]
    once("Catalogue", demo.cluster / "import.stamp", inputs, lambda: manage("import_catalogue", CATALOGUE))
    if not demo.chain.exists():
        with step("Sixty days on the chain"):
            anvil.prepare(demo.chain, demo.ports.chain, demo.sockets, lambda: _seed(manage), _contracts())
    once("Upstreams", demo.cluster / "upstreams.stamp", sources(OPENER), lambda: manage("open_upstreams"))
    pages.collect(demo.home / "static", logs, demo.variables())


def tables_stamp(cluster: Path) -> Path:
    """Return the file that says from what a cluster's tables were made."""
    return cluster / "migrate.stamp"


def behind_the_tables() -> list[Path]:
    """Return what the tables follow from."""
    return [LOCKS / "base.txt", *sorted(ROOT.glob("*/migrations"))]


def _contracts() -> str:
    """Return the fingerprint of the contracts as they would be deployed now."""
    return fingerprint([INTERFACES, GENESIS])


def _seed(manage: Callable[..., None]) -> None:
    manage("deploy_contracts", "--chain", "anvil")
    manage("seed_demo")


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310  an address of ours
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def _alone(home: Path) -> Iterator[tuple[IO[str], IO[str]]]:
    """Hold the folder for one demo, and wait for the rest of one that is ending or whose runner was killed.

    Gives the runner's own lock, free as soon as the runner ends or dies, and that of everything, which the supervisor
    keeps as well.
    """
    with (home / "runner.lock").open("w") as runner, (home / "lock").open("w") as everything:
        if not _take(runner, RUNNER_SECONDS):
            raise Trouble(f"Another demo runs in {home}; stop it, or choose another folder by setting DEMO_DIR.")
        if not _take(everything, 0):
            with step("End of the demo before"):
                if not _take(everything, REST_SECONDS):
                    raise Trouble(f"What is left of another demo in {home} does not end; see {home / 'logs'}.")
        yield runner, everything


def _take(lock: IO[str], seconds: float) -> bool:
    """Lock a file for this process and those that inherit it; return whether it could be had in time."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.2)
        else:
            return True


def _stop_when_asked() -> None:
    """Take a polite kill and a closed terminal like Ctrl-C, also where a shell's background had Ctrl-C ignored."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)


def _close(demo: Demo, supervisor: Supervisor) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    supervisor.close()
    if sys.stdout.isatty():
        print(f"\rCitrate is closed; its data stays in {demo.home}.", flush=True)
