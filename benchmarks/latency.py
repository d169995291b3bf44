"""How long until a block is a row? `index_chain --follow` beside a bare loop that polls and COPYs, both once a second.

Both follow the same anvil into the same PostgreSQL at the same time. A purchase is mined at a random moment, and a
watch on the database takes the time at which each of the two shows it.
"""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from stack import tether

from ._load import ROOT
from .indexer import Site, accounts_of, purchase, site

SAMPLES = int(os.environ.get("SAMPLES", "120"))
TABLES = {"ours": "contracts_event", "bare": "polled"}
LONGEST = 60.0  # seconds until a row has to be there


@contextmanager
def following(site: Site) -> Iterator[None]:
    """Run both while the block lasts."""
    commands = (["manage.py", "index_chain", "--follow"], ["-m", "benchmarks._indexing", "poll"])
    children = [
        subprocess.Popen(
            tether.command(sys.executable, *each, stop="KILL"), cwd=ROOT, env=tether.environment(site.variables)
        )
        for each in commands
    ]
    try:
        yield
    finally:
        for child in children:
            child.kill()
            child.wait()


def sample(site: Site, database: "psycopg.Connection[tuple[int]]", call: tuple[str, list[object]]) -> dict[str, float]:
    """Mine one purchase; return the seconds until each of the two shows it."""
    time.sleep(random.random() * 1.5)  # noqa: S311  no two at the same moment of a loop
    (sent,) = site.rpc(call)
    site.rpc(("evm_mine", []))
    mined, shown = time.perf_counter(), dict[str, float]()
    while len(shown) < len(TABLES):
        assert time.perf_counter() - mined < LONGEST, f"only {list(shown)} shows it"
        for name in TABLES.keys() - shown.keys():
            if database.execute(f"select 1 from {TABLES[name]} where tx_hash = %s limit 1", [sent]).fetchone():  # noqa: S608
                shown[name] = time.perf_counter() - mined
        time.sleep(0.01)
    return shown


def main() -> int:
    """Measure, print, and return 1 where the target is missed."""
    with site(events=0) as made, following(made), psycopg.connect(made.database, autocommit=True) as database:
        while not made.sql("select to_regclass('polled') is not null and exists(select from contracts_cursor)")[0][0]:
            time.sleep(0.5)
        time.sleep(3)
        accounts = accounts_of(made)
        model = f"{accounts[1]}{0:024x}"
        calls = (purchase(made, accounts, [model], number) for number in range(SAMPLES))
        samples = [sample(made, database, call) for call in calls]
    found = {}
    for name in TABLES:
        times = sorted(each[name] for each in samples)
        found[name] = times[int(len(times) * 0.99)]
        print(f"{name}: median {times[len(times) // 2]:.2f} s, p99 {found[name]:.2f} s of {len(times)}")
    ratio = found["ours"] / found["bare"]
    print(f"latency p99 ratio {ratio:.2f} x")
    return 0 if ratio <= 1.5 else 1


if __name__ == "__main__":
    sys.exit(main())
