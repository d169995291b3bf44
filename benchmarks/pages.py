"""What does a page cost in CPU, beside the least that could send the same bytes?

The peer is a bare ASGI application in the same kind of process: it sends the page from a file, and for the comparison
with pages that are made anew it reads thirty listings by one query first. Rounds of both alternate. CPU seconds, not
wall time, are compared, so that other work on the machine does not count.
"""

import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ._load import Line, prepared, served

PAGES = {"catalogue": "/models", "model": "/models/sentence-transformers/all-MiniLM-L6-v2"}
PERSONAL = {"Cookie": "sessionid=benchmark"}  # the page cache leaves it alone
ROUNDS = 4
REQUESTS = {"made anew": 10, "from the cache": 150}  # a round


@dataclass
class Cost:
    """CPU seconds of a server for a number of requests."""

    seconds: float = 0
    requests: int = 0

    @property
    def each(self) -> float:
        """Milliseconds a request."""
        return self.seconds / self.requests * 1000


async def cpu_of_site(line: Line) -> float:
    """Return the CPU seconds that the site's process has used, as its own /metrics say."""
    numbers = (await line.get("/metrics")).body.decode().splitlines()
    return float(next(row.split()[1] for row in numbers if row.startswith("process_cpu_seconds_total")))


async def cpu_of_bare(line: Line) -> float:
    """The same of the bare application."""
    return float((await line.get("/cpu")).body)


async def compare(site: Line, bare: Line, name: str, kind: str) -> tuple[Cost, Cost]:
    """Return what both spend on one page."""
    path, headers = (PAGES[name], PERSONAL) if kind == "made anew" else (PAGES[name], {})
    bare_path = f"/{name}?query" if kind == "made anew" else f"/{name}"
    await site.get(path, **headers)
    await bare.get(bare_path)
    costs = Cost(), Cost()
    for _ in range(ROUNDS):
        for cost, line, cpu, address, extra in (
            (costs[0], site, cpu_of_site, path, headers),
            (costs[1], bare, cpu_of_bare, bare_path, {}),
        ):
            before = await cpu(line)
            for _ in range(REQUESTS[kind]):
                assert (await line.get(address, **extra)).status == 200
            cost.seconds += await cpu(line) - before
            cost.requests += REQUESTS[kind]
    return costs


async def measure(port: int, bare_port: int, bodies: Path) -> None:
    """Print a line for each page and kind."""
    site, bare = await Line.open(port), await Line.open(bare_port)
    for name, path in PAGES.items():
        (bodies / name).write_bytes((await site.get(path)).body)
        for kind in REQUESTS:
            ours, theirs = await compare(site, bare, name, kind)
            print(
                f"{name} page {kind}: {ours.each:.2f} ms of CPU, {1000 / ours.each:.0f} a CPU second; "
                f"bare {theirs.each:.2f} ms; ratio {ours.each / theirs.each:.1f} x",
                flush=True,
            )
    site.close()
    bare.close()


def main() -> int:
    """Run the benchmark."""
    with (
        tempfile.TemporaryDirectory(prefix="citrate-bodies-") as bodies,
        prepared() as variables,
        served("config.asgi:application", variables) as port,
        served("benchmarks._bare:application", {**variables, "BARE_BODIES": bodies}) as bare_port,
    ):
        asyncio.run(measure(port, bare_port, Path(bodies)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
