"""Does one more event cost what it did at the beginning? A proposal, a holder and a market with a long history.

Each stands twice, in two databases: with 1,000 events, and with 100,000 (GROWTH). To both 400 more come, one a block as
while the chain is followed, and blocks are taken back 64 deep and read again. Compared are CPU seconds, the database's
connection's included; the histories are logs as an endpoint gives them, so decoding, facts, folds, tallies and the
cursor are all in it. Short and long take turns, so that a machine that slows down slows both. Prints how many events a
second the long one takes for each of the short one (>= 0.9), and what a reorganisation costs beside the short one's
(<= 2); the median of the rounds counts.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from ._load import ROOT, _services

if TYPE_CHECKING:
    from contracts.indexer.folding import Memory
    from contracts.models import Chain

SHORT, LONG = 1_000, int(os.environ.get("GROWTH", "100000"))
MORE, ROUNDS, DEEP, BATCH = 400, 7, 64, 2_000
SLOWEST, DEAREST = 0.9, 2.0
KINDS = ("proposal", "holder", "market")
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
TICK = os.sysconf("SC_CLK_TCK")
HOLDER = "0x" + "a" * 40
MODEL = "0x" + "5" * 40 + "0" * 24
NOBODY = "0x" + "0" * 40


@dataclass
class History:
    """A chain of one kind of event, grown as the indexer grows one; ``size`` events are in it."""

    chain: "Chain"
    kind: str
    memory: "Memory"
    size: int = 0
    fork: int = 0  # how many blocks were ever taken back: another branch has other hashes

    def log(self, number: int) -> tuple[str, str, dict[str, Any]]:
        """Return the contract, the event and its arguments of the event of this number."""
        somebody = f"0x{number + 1:040x}"
        if self.kind == "proposal":
            args = {"voter": somebody, "proposalId": 1, "support": number % 3, "weight": number, "reason": "as said"}
            return "LatticeDAO", "VoteCast", args
        if self.kind == "holder":
            return "LatticeToken", "Transfer", {"from": HOLDER, "to": somebody, "value": number}
        sums = {"plan": 0, "quantity": 1, "paid": 10**15, "fee": 10**13, "maturityDay": 20_000}
        names = {"recipient": HOLDER, "referrer": NOBODY, "token": NOBODY, "splitHash": "0x" + "1" * 64}
        bought = {"modelId": MODEL, "buyer": HOLDER, "ref": f"0x{number:064x}", "p": {**sums, **names}}
        return "ModelMarketplace", "AccessPurchased", bought

    def grow(self, size: int, blocks: int) -> None:
        """Read on until so many events are in it, so many blocks at a time, each with one event."""
        while self.size < size:
            self._write(min(blocks, size - self.size))

    def take_back(self) -> None:
        """Read another branch of the last blocks in the place of what was read."""
        self.size, self.fork = self.size - DEEP, self.fork + 1
        self._write(DEEP, self.size)

    def _write(self, blocks: int, fork: int | None = None) -> None:
        from contracts.indexer.decode import read
        from contracts.indexer.fetch import Batch
        from contracts.indexer.write import write
        from contracts.models import Block, Cursor

        headers = list(self._headers(self.size + 1, blocks))
        batch = Batch(headers, [self._as_told(header.number, header.hash) for header in headers])
        common = None if fork is None else Block.objects.get(chain=self.chain, number=fork)
        cursor = Cursor.objects.get(chain=self.chain)
        write(self.chain, cursor, read(self.chain, batch), common, memory=self.memory)
        self.size += blocks

    def _headers(self, first: int, blocks: int) -> Iterator[Any]:
        from contracts.indexer.headers import Header

        for number in range(first, first + blocks):
            time_ = BEGAN + timedelta(seconds=number)
            yield Header(number, self._hash(number), self._hash(number - 1), time_, 0)

    def _hash(self, number: int) -> str:
        return f"0x{self.fork:032x}{number:032x}"

    def _as_told(self, number: int, block: str) -> Any:
        """Return an event's log as an endpoint gives it."""
        from contracts.chain import abi, codec
        from contracts.indexer.fetch import Log

        contract, name, args = self.log(number)
        entry = next(each for each in abi.entries(contract, "event") if each["name"] == name)
        topics = ["0x" + abi.digest(entry).hex()]
        topics += ["0x" + codec.encode([each], args).hex() for each in entry["inputs"] if each["indexed"]]
        data = "0x" + codec.encode([each for each in entry["inputs"] if not each["indexed"]], args).hex()
        tx = f"0x{self.fork:032x}{number:032x}"
        return Log(self.chain.deployment[contract], tuple(topics), data, block, hex(number), tx, "0x0")


def round_of(history: History) -> tuple[float, float]:
    """Return the CPU seconds of events that came, and of a reorganisation; the history is longer afterwards."""
    began = cpu()
    history.grow(history.size + MORE, blocks=1)
    came = cpu()
    history.take_back()
    return came - began, cpu() - came


def cpu() -> float:
    """Return the CPU seconds of this process and of its connection's, so far."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        (pid,) = cursor.fetchone()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return time.process_time() + (int(fields[11]) + int(fields[12])) / TICK


def begun(number: int, kind: str) -> History:
    """Return a history that has not begun, on a chain of its own."""
    from contracts.indexer.folding import Memory
    from contracts.indexer.headers import Header
    from contracts.indexer.write import begin
    from contracts.models import Chain

    named = ("LatticeDAO", "LatticeToken", "ModelMarketplace", "AccessPass")
    chain = Chain.objects.create(
        id=9_000 + number, short_name=kind, name=kind, coin="ETH", confirmations=2, reorg_window=64, start_block=1,
        deployment={name: f"0x{place + 1:040x}" for place, name in enumerate(named)},
    )  # fmt: skip
    made = History(chain, kind, Memory())
    begin(chain, Header(0, made._hash(0), made._hash(0), BEGAN, 0))
    return made


def analyze() -> None:
    """Let the planner know the tables, as autovacuum does within a minute."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")


def serve(size: int) -> None:
    """Hold one history at a time: a kind's name on stdin begins it, an empty line asks for a round of it."""
    import django

    django.setup()
    from contracts.indexer import dispatch

    dispatch.load_handlers()
    # What pages are told after a commit costs more than one event, the same whatever the history.
    dispatch.tell_nobody()
    history = None
    for line in sys.stdin:
        if kind := line.strip():
            history = begun(KINDS.index(kind), kind)
            history.grow(size, blocks=BATCH)
            analyze()
        assert history is not None
        print(json.dumps(None if kind else round_of(history)), flush=True)


class Grown:
    """A process with a database of its own, whose histories are of one size."""

    def __init__(self, size: int, addresses: dict[str, str]) -> None:
        self.size = size
        variables = {**os.environ, **addresses, "DJANGO_SETTINGS_MODULE": "tests.contracts.apart"}
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
        subprocess.run(migrate, cwd=ROOT, env=variables, check=True)
        command = [sys.executable, "-m", "benchmarks.growth", str(size)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=variables, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def ask(self, kind: str = "") -> Any:
        """Begin a history of this kind, or return the costs of a round of the last one."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(kind, file=self.process.stdin, flush=True)
        for line in self.process.stdout:  # the indexer's log stands between the answers
            if not line.startswith("{"):
                return json.loads(line)
        raise AssertionError(f"The process with {self.size:,} events has ended.")

    def stop(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.communicate()


def compared(kind: str, short: Grown, long: Grown) -> tuple[float, float]:
    """Return how the long history compares with the short one: its events a second, its reorganisations."""
    for side in (short, long):
        side.ask(kind)
    rounds = [(short.ask(), long.ask()) for _ in range(ROUNDS)]
    for side, costs in zip((short, long), zip(*rounds, strict=True), strict=True):
        more, reorg = (median(column) for column in zip(*costs, strict=True))
        print(f"{kind:9} at {side.size:>7,}: {MORE / more:6,.0f} events a CPU second, one a block; "
              f"{DEEP} blocks anew in {reorg * 1000:.0f} ms", flush=True)  # fmt: skip
    return median(few[0] / many[0] for few, many in rounds), median(many[1] / few[1] for few, many in rounds)


def main() -> int:
    """Measure, print, and return 1 where a target is missed."""
    with ExitStack() as stack:
        sides = []
        for size in (SHORT, LONG):
            sides.append(Grown(size, stack.enter_context(_services())))
            stack.callback(sides[-1].stop)
        growths, reorgs = zip(*(compared(kind, *sides) for kind in KINDS), strict=True)
    print(f"reorg {max(reorgs):.2f} x, the worst of three (<= {DEAREST})")
    print(f"growth {min(growths):.2f} x, the worst of three (>= {SLOWEST})")
    return 0 if min(growths) >= SLOWEST and max(reorgs) <= DEAREST else 1


if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.exit(main())
    serve(int(sys.argv[1]))
