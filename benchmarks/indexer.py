"""How fast is the indexer, beside Ponder and beside the least that any indexer has to do?

A real marketplace on anvil makes 50,000 events, `AccessPurchased` and `TransferSingle`. Ours and Ponder (npm, of this
benchmark alone: benchmarks/ponder) turn the same chain into the same logical tables on one PostgreSQL: a row an event,
and running balances. The floor fetches and decodes the logs and COPYs them into a table without an index. Rounds
alternate. Compared are CPU seconds, the database's included, without the start of a process, so that other work on the
machine counts little; events a second by the clock stand beside them.
"""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from contracts.chain import codec
from contracts.names import COIN
from stack import anvil, node, tether

from ._load import HOST, ROOT, _services, free_port

EVENTS = int(os.environ.get("EVENTS", "50000"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))
BLOCK = 200  # purchases in one
MODELS = 20
FINALITY = 64  # empty blocks at the end: Ponder takes the last 30 one by one, and is fast below them
PONDER = ROOT / "benchmarks" / "ponder"
PONDERS, FLOOR = 12, 0.7  # how many times as fast as each, with the same two tables
WHOLE = 2  # times as fast as Ponder, with every fact and fold
PATIENCE = 1800.0  # seconds until Ponder must be ready
TICK = os.sysconf("SC_CLK_TCK")
KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"  # pragma: allowlist secret
COUNTED = """select count(*), (select sum(events) from contracts_tally) from contracts_event
  where name in ('AccessPurchased', 'TransferSingle')"""
# Only what has rows: a moderator's decisions are of chains too, and the log that refers to them lets nobody empty it.
EMPTY = """do $$
declare named text; is_filled boolean;
begin
  for named in
    select table_name from information_schema.columns where column_name = 'chain_id' and table_schema = 'public'
  loop
    execute format('select exists (select from %I)', named) into is_filled;
    if is_filled then execute format('truncate %I cascade', named); end if;
  end loop;
end $$"""


@dataclass
class Site:
    """The chain, the database, and the environment that names both."""

    endpoint: str
    variables: dict[str, str]
    deployment: dict[str, str] = field(default_factory=dict)
    first: int = 0
    last: int = 0

    @property
    def database(self) -> str:
        return self.variables["DATABASE_URL"]

    def manage(self, *arguments: str) -> None:
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, cwd=ROOT, env=self.variables, check=True, stdout=subprocess.DEVNULL)

    def sql(self, query: str) -> list[Any]:
        with psycopg.connect(self.database, autocommit=True) as connection:
            ran = connection.execute(query)
            return ran.fetchall() if ran.description else []

    def rpc(self, *calls: tuple[str, list[Any]]) -> list[Any]:
        body = [{"jsonrpc": "2.0", "id": n, "method": method, "params": args} for n, (method, args) in enumerate(calls)]
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.endpoint, json.dumps(body).encode(), headers)  # noqa: S310  our anvil
        with urllib.request.urlopen(request, timeout=120) as response:  # noqa: S310  our anvil
            answers = {answer["id"]: answer for answer in json.load(response)}
        refused = [answer["error"] for answer in answers.values() if "error" in answer]
        assert not refused, refused[0]
        return [answers[n]["result"] for n in range(len(calls))]


@dataclass
class Cost:
    """What one way of indexing took: events, CPU seconds with the database's, seconds by the clock."""

    events: float = 0
    cpu: float = 0
    wall: float = 0

    def add(self, events: float, cpu: float, wall: float) -> None:
        self.events, self.cpu, self.wall = self.events + events, self.cpu + cpu, self.wall + wall

    @property
    def per_cpu(self) -> float:
        """Events a CPU second."""
        return self.events / self.cpu

    @property
    def per_second(self) -> float:
        """Events a second by the clock."""
        return self.events / self.wall


@contextmanager
def site(events: int = EVENTS) -> Iterator[Site]:
    """Give a chain with its events and an empty database."""
    port = free_port()
    limits = ("--no-mining", "--gas-limit", "1000000000", "--accounts", "30", "--prune-history", "64", "--quiet")
    with _services() as addresses:
        child = subprocess.Popen(
            tether.command(str(anvil.program()), "--host", HOST, "--port", str(port), *limits, stop="KILL"),
            env=tether.environment(),
        )
        try:
            settings = {"DJANGO_SETTINGS_MODULE": "tests.contracts.apart", "DEPLOYER_KEY": KEY}
            endpoint = anvil.url(port)
            made = Site(endpoint, {**os.environ, **addresses, **settings, "RPC_URLS_ANVIL": endpoint})
            _fill(made, events)
            yield made
        finally:
            child.kill()
            child.wait()


def _fill(site: Site, events: int) -> None:
    site.manage("migrate", "--verbosity=0")
    site.rpc(("evm_setAutomine", [True]))
    site.manage("deploy_contracts", "--chain", "anvil")
    site.deployment, site.first = site.sql("select deployment, start_block from contracts_chain")[0]
    accounts = accounts_of(site)
    models = [_list_model(site, accounts[1], number) for number in range(MODELS)]
    site.rpc(("evm_setAutomine", [False]))
    print(f"making {events:,} events …", flush=True)
    for block in range(events // 2 // BLOCK):
        site.rpc(*[purchase(site, accounts, models, block * BLOCK + number) for number in range(BLOCK)])
        site.rpc(("evm_mine", []))
    site.rpc(("anvil_mine", [hex(FINALITY)]))
    site.last = int(site.rpc(("eth_blockNumber", []))[0], 16)


def accounts_of(site: Site) -> list[str]:
    """Return the addresses of anvil's accounts."""
    return [each.lower() for each in site.rpc(("eth_accounts", []))[0]]


def _list_model(site: Site, seller: str, number: int) -> str:
    model = f"{seller}{number:024x}"
    data = codec.call_data("ModelMarketplace", "listModel", [model, 10**12, f"ipfs://{number}"])
    site.rpc(_transaction(site, seller, data))
    return model


def purchase(site: Site, accounts: list[str], models: list[str], number: int) -> tuple[str, list[Any]]:
    buyer = accounts[2 + number % 28]
    order = [models[number % len(models)], 0, 1, buyer, COIN, 10**18, 2**63, COIN, f"0x{number:064x}"]
    return _transaction(site, buyer, codec.call_data("ModelMarketplace", "purchase", [order]), 10**12, number // 28)


def _transaction(site: Site, sender: str, data: str, value: int = 0, nonce: int | None = None) -> tuple[str, list[Any]]:
    terms = {"from": sender, "to": site.deployment["ModelMarketplace"], "data": data, "value": hex(value)}
    terms |= {} if nonce is None else {"nonce": hex(nonce)}  # anvil takes a batch's calls in any order
    return "eth_sendTransaction", [{**terms, "gas": hex(400_000), "gasPrice": hex(10**11)}]


def python(site: Site, name: str) -> tuple[float, float, float]:
    """Run one of `benchmarks._indexing` on empty tables."""
    site.sql(EMPTY)
    before = database_cpu(site)
    command = [sys.executable, "-m", "benchmarks._indexing", name]
    done = subprocess.run(command, cwd=ROOT, env=site.variables, check=True, stdout=subprocess.PIPE)
    spent = json.loads(done.stdout.splitlines()[-1])
    cpu = spent["cpu"] + database_cpu(site) - before
    if name == "ours":
        rows, balances = site.sql(COUNTED)[0]
        assert rows == balances, (rows, balances)
    return spent["events"], cpu, spent["wall"]


def ponder(site: Site) -> tuple[float, float, float]:
    """Run Ponder over the chain, and once over a single block, which is what its start costs."""
    empty = _ponder(site, site.first)
    full = _ponder(site, site.last)
    rows, balances = site.sql("select count(*), (select sum(events) from bench.balance) from bench.event_row")[0]
    assert rows == balances == EVENTS // (2 * BLOCK) * 2 * BLOCK, (rows, balances)
    return rows, full[0] - empty[0], full[1] - empty[1]


def _ponder(site: Site, last: int) -> tuple[float, float]:
    """Return the CPU seconds, the database's included, and the seconds until Ponder is ready up to a block."""
    site.sql("drop schema if exists bench cascade; drop schema if exists ponder_sync cascade")
    port, before, started = free_port(), database_cpu(site), time.perf_counter()
    variables = {
        **os.environ,
        "PATH": f"{node.find()}{os.pathsep}{os.environ['PATH']}",
        "PONDER_DATABASE": site.database,
        "PONDER_RPC": site.endpoint,
        "PONDER_TELEMETRY_DISABLED": "true",
        "MARKET": site.deployment["ModelMarketplace"],
        "PASSES": site.deployment["AccessPass"],
        "FIRST_BLOCK": str(site.first),
        "LAST_BLOCK": str(last),
    }
    program = PONDER / "node_modules" / "ponder" / "dist" / "esm" / "bin" / "ponder.js"
    command = [str(node.find() / "node"), str(program), "start", "--schema", "bench", "--port", str(port)]
    with (PONDER / ".ponder.log").open("w") as log:
        child = subprocess.Popen(
            [*command, "--hostname", HOST, "--log-level", "warn"], cwd=PONDER, env=variables, stdout=log, stderr=log
        )
        try:
            _wait_ready(child, port)
            cpu = process_cpu(child.pid) + database_cpu(site) - before
            return cpu, time.perf_counter() - started
        finally:
            child.kill()
            child.wait()


def _wait_ready(child: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert child.poll() is None, (PONDER / ".ponder.log").read_text()
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/ready", timeout=30):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError("Ponder is not ready in time.")


def database_cpu(site: Site) -> float:
    """Return the CPU seconds of the whole database server, with those of its connections that have ended."""
    (folder,) = site.sql("select setting from pg_settings where name = 'data_directory'")[0]
    postmaster = int((Path(folder) / "postmaster.pid").read_text().splitlines()[0])
    children = [int(path.name) for path in Path("/proc").glob("[0-9]*") if _parent(path) == postmaster]
    return process_cpu(postmaster, ended=True) + sum(process_cpu(child) for child in children)


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(") ")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def process_cpu(pid: int, ended: bool = False) -> float:
    """Return the CPU seconds of a process, with those of its ended children if wanted."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(map(int, fields[11 : 15 if ended else 13])) / TICK


def main() -> int:
    """Measure, print, and return 1 where a target is missed."""
    node.install("Ponder, for this benchmark alone", PONDER, ROOT / ".bench")
    costs = {name: Cost() for name in ("ours", "floor", "ponder", "whole")}
    with site() as made:
        for round_ in range(ROUNDS):
            for name, cost in costs.items():
                cost.add(*(ponder(made) if name == "ponder" else python(made, name)))
            print(f"round {round_ + 1} of {ROUNDS} is done", flush=True)
    for name, cost in costs.items():
        print(f"{name:7} {cost.per_cpu:>10,.0f} events a CPU second {cost.per_second:>10,.0f} events a second")
    ponder_ratio = costs["ours"].per_cpu / costs["ponder"].per_cpu
    floor_ratio = costs["ours"].per_cpu / costs["floor"].per_cpu
    print("ours: event rows and balances, every block checked; whole: with the marketplace's own facts and folds")
    print(f"by the clock: ponder ratio {costs['ours'].per_second / costs['ponder'].per_second:.1f} x")
    print(f"ponder ratio {ponder_ratio:.1f} x (>= {PONDERS})")
    print(f"floor ratio {floor_ratio:.2f} x (>= {FLOOR})")
    whole_ratio = costs["whole"].per_cpu / costs["ponder"].per_cpu
    print(f"whole ratio {whole_ratio:.1f} x, beside Ponder with its two tables (>= {WHOLE})")
    return 0 if ponder_ratio >= PONDERS and floor_ratio >= FLOOR and whole_ratio >= WHOLE else 1


if __name__ == "__main__":
    sys.exit(main())
