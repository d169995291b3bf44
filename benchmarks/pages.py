"""What does a page cost in CPU, beside the least that could send the same bytes? And how soon is it there?

The peer is a bare Starlette application with asyncpg (`_bare.py`), under the same uvicorn with the same event loop and
HTTP parser. It runs the very statements that our page runs, but for those of the session and the user, and sends the
very body, as it was compressed, from memory: it reads no cookie, looks at no permission, renders and compresses
nothing.

CPU seconds, not wall time, are compared, so that other work on the machine does not count: all that the server's
process has used, all its threads, user and system, by the kernel's clock of that process. The database's processes
are not in it: they do the same work for both, which would only draw the ratios towards 1. Rounds of both alternate.

Three kinds of request, all with a browser's Accept-Encoding:

- *member*: somebody is signed in. The page cache plays no part: session, user and rows are read for each page, and what
  is theirs is made. The peer knows nobody: this ratio tells as well what a session, a user, and their own part cost;
- *anonymous*: nobody is, and the page cache is passed by;
- *cached*: nobody is, and the page cache has the page. The peer is the same page as for *anonymous*: it runs its
  statements, since it keeps nothing. What it costs from memory is told beside it, and has no limit.

A page that is made anew reads its rows from the database. What is kept for those rows (`common.kept`) is not rendered
again; what is somebody's own is. For a member no value is made of the rows either, unless they have changed
(`config.guard.members`). It takes counts that may be some seconds old (`docs/mechanisms/guard.md`): its
statements are those of a page that others have asked for a moment before, and the peer is given no more than those.

For latency, as many connections as in a busy hour ask as fast as they can (saturation); then requests come at half
that rate by chance, whether or not earlier ones have been answered, and wait from the moment they were due. That
clock is the wall's: on a machine that does other work, it measures that as well.
"""

import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

from ._load import ROOT, SITE, Line, Served, prepared, served

SOLD = "meta-llama/Llama-2-7b-chat-hf"
PAGES = {
    "catalogue": "/models",
    "model": "/models/sentence-transformers/all-MiniLM-L6-v2",
    "for-sale": f"/models/{SOLD}",  # with the panel that is made for each member
    "proposal": "/dao/proposals/1",  # with the ballot that is
}
BROWSER = {"Accept_Encoding": "gzip, deflate, br, zstd"}
PASSED_BY = {"Authorization": "Bearer benchmark"}  # the page cache leaves it alone, and pages do not look at it
LIMITS = {"member": 4.0, "anonymous": 4.0, "cached": 0.6}  # the ratios to stay below
ROUNDS = 4
REQUESTS = {"member": 40, "anonymous": 40, "cached": 400}  # a round
CONNECTIONS, SATURATED, OPEN = 16, 4.0, 10.0  # seconds
SOON = 0.1  # seconds, the 99th percentile to stay below
OF_THE_SERVER = ("date", "server")  # uvicorn adds them for both


@dataclass
class Cost:
    """CPU seconds of a server for a number of requests, round by round."""

    rounds: list[float] = field(default_factory=list)
    requests: int = 0

    @property
    def each(self) -> float:
        """Milliseconds a request."""
        return sum(self.rounds) / self.requests * 1000


@dataclass(frozen=True)
class Case:
    """A page as somebody asks for it."""

    page: str
    kind: str
    headers: dict[str, str]

    @property
    def name(self) -> str:
        return f"{self.page}-{self.kind}"


async def prepare(case: Case, site: Line, statements: list[str], folder: Path) -> None:
    """Write what the peer sends: the body and the headers of our answer, and the statements to run before."""
    for _ in range(3):
        reply = await site.get(PAGES[case.page], **case.headers)
        assert reply.status == 200
    assert ("hit" in reply.headers["cache-status"]) == (case.kind == "cached"), reply.headers
    headers = {name: value for name, value in reply.headers.items() if name not in OF_THE_SERVER}
    (folder / case.name).write_bytes(reply.body)
    (folder / f"{case.name}.json").write_text(json.dumps({"statements": statements, "headers": headers}))


async def compare(case: Case, peer: str, site: Served, bare: Served) -> float:
    """Print what both spend on one page, and return the ratio; ``peer`` names the bare page."""
    costs = Cost(), Cost()
    ours, theirs = await Line.open(site.port), await Line.open(bare.port)
    await theirs.get(f"/{peer}")
    for _ in range(ROUNDS):
        for cost, server, line, path in (
            (costs[0], site, ours, PAGES[case.page]),
            (costs[1], bare, theirs, f"/{peer}"),
        ):
            before = server.cpu_seconds()
            for _ in range(REQUESTS[case.kind]):
                assert (await line.get(path, **case.headers)).status == 200
            cost.rounds.append(server.cpu_seconds() - before)
            cost.requests += REQUESTS[case.kind]
    ours.close()
    theirs.close()
    ratio = costs[0].each / costs[1].each
    told = f"{costs[0].each:.3f} ms of CPU, bare {costs[1].each:.3f} ms; {ratio:.2f} x"
    limit = f"at most {LIMITS[case.kind]} x"
    from_memory = case.kind == "cached" and peer == case.name
    print(f"{case.page} page, {case.kind}: {told}, {'from memory, no limit' if from_memory else limit}", flush=True)
    return ratio


async def saturation(case: Case, port: int) -> float:
    """Return the requests a second that the server answers when it is asked as fast as it answers."""
    until, answered = time.perf_counter() + SATURATED, 0

    async def ask(line: Line) -> None:
        nonlocal answered
        while time.perf_counter() < until:
            await line.get(PAGES[case.page], **case.headers)
            answered += 1
        line.close()

    await asyncio.gather(*[ask(await Line.open(port)) for _ in range(CONNECTIONS)])
    return answered / SATURATED


def arrivals(rate: float) -> Iterator[float]:
    """Give the seconds at which requests are due, independent of each other."""
    due, chance = 0.0, random.Random(1)  # noqa: S311  no secret: the same load each time
    while (due := due + chance.expovariate(rate)) < OPEN:
        yield due


async def waits(case: Case, port: int, rate: float) -> list[float]:
    """Return how long each of the requests took from when it was due, in seconds."""
    free: list[Line] = [await Line.open(port) for _ in range(CONNECTIONS)]
    started, took = time.perf_counter(), []

    async def ask(due: float) -> None:
        line = free.pop() if free else await Line.open(port)
        assert (await line.get(PAGES[case.page], **case.headers)).status == 200
        took.append(time.perf_counter() - started - due)
        free.append(line)

    async with asyncio.TaskGroup() as asking:
        for due in arrivals(rate):
            await asyncio.sleep(max(0.0, started + due - time.perf_counter()))
            asking.create_task(ask(due))
    for line in free:
        line.close()
    return took


async def latency(case: Case, port: int) -> float:
    """Print how long requests wait at half of the saturation, and return the 99th percentile in seconds."""
    most = await saturation(case, port)
    took = await waits(case, port, most / 2)
    cuts = quantiles(took, n=100)
    told = f"p50 {cuts[49] * 1000:.0f} ms, p99 {cuts[98] * 1000:.0f} ms, at most {SOON * 1000:.0f} ms"
    print(f"{case.page} page, {case.kind}: {most:.0f} a second at most; {len(took)} at half of it: {told}", flush=True)
    return cuts[98]


async def measure(site: Served, bare: Served, visits: dict[str, dict[str, dict[str, list[str]]]], folder: Path) -> bool:
    """Print a line for each page and kind, and the closing lines; return whether all stayed below their limits."""
    kinds = {
        "member": {**BROWSER, "Cookie": str(visits["cookie"])},
        "anonymous": BROWSER | PASSED_BY,
        "cached": BROWSER,
    }
    cases = [Case(page, kind, headers) for page in PAGES for kind, headers in kinds.items()]
    line = await Line.open(site.port)
    for case in cases:
        run = visits["statements"][PAGES[case.page]].get(case.kind, [])
        await prepare(case, line, run, folder)
        print(f"{case.page} page, {case.kind}: {len((folder / case.name).read_bytes())} bytes, {len(run)} statements")
    line.close()
    ratios = {}
    for case in cases:
        peer = case.name.replace("cached", "anonymous")
        ratios[case.name] = await compare(case, peer, site, bare), LIMITS[case.kind]
        if peer != case.name:
            await compare(case, case.name, site, bare)
    slowest = {case.name: (await latency(case, site.port), SOON) for case in cases}
    missed = [name for name, (found, most) in [*ratios.items(), *slowest.items()] if found > most]
    print("all below their limits" if not missed else f"above the limit: {', '.join(missed)}")
    return not missed


def visits_of(variables: dict[str, str]) -> dict[str, dict[str, dict[str, list[str]]]]:
    """Return what `_visits` prints."""
    command = [sys.executable, "-m", "benchmarks._visits", SOLD, *PAGES.values()]
    told = subprocess.run(command, cwd=ROOT, env=variables, check=True, stdout=subprocess.PIPE, text=True).stdout
    found: dict[str, dict[str, dict[str, list[str]]]] = json.loads(told.splitlines()[-1])
    return found


def main() -> int:
    """Run the benchmark."""
    with tempfile.TemporaryDirectory(prefix="citrate-pages-") as name, prepared() as variables:
        visits, folder = visits_of(variables), Path(name)
        with (
            served(SITE, {**variables, "DATABASE_POOL": "1"}) as site,
            served("benchmarks._bare:application", {**variables, "BARE_PAGES": name}) as bare,
        ):
            return 0 if asyncio.run(measure(site, bare, visits, folder)) else 1


if __name__ == "__main__":
    sys.exit(main())
