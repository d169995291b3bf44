"""How much slower is a page while fifty clients dribble their POSTs, a byte at a time? At most twice.

The page is one that the cache leaves alone, so it needs a thread. Rounds without and with the slow clients alternate.
"""

import asyncio
import statistics
import sys
from contextlib import suppress

from ._load import HOST, SITE, Line, prepared, served

PAGE = "/models/sentence-transformers/all-MiniLM-L6-v2"
LIMIT = 2.0
CLIENTS = 50
ROUNDS, REQUESTS = 4, 15
PEER_WAITS = 5.0  # seconds for one page of the server without the guard
SLOW = (  # a form with a CSRF cookie, so that Django reads the body before it refuses
    b"POST /models HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Cookie: csrftoken=" + b"c" * 32 + b"\r\nContent-Length: 1000\r\n\r\n"
)


async def dribble(port: int) -> None:
    """Send a byte every 0.2 seconds, and begin anew when refused."""
    while True:
        with suppress(OSError):
            _, writer = await asyncio.open_connection(HOST, port)
            try:
                writer.write(SLOW)
                while not writer.is_closing():
                    await asyncio.sleep(0.2)
                    writer.write(b"x")
                    await writer.drain()
            finally:
                writer.close()
        await asyncio.sleep(0.1)


async def times(port: int, requests: int = REQUESTS) -> list[float]:
    """Return the seconds of one page after another."""
    line = await Line.open(port)
    replies = [await line.get(PAGE, Cookie="sessionid=benchmark") for _ in range(requests)]
    line.close()
    assert {reply.status for reply in replies} == {200}
    return [reply.seconds for reply in replies]


async def times_beside_slow_clients(port: int, requests: int = REQUESTS) -> list[float]:
    """The same while fifty dribble."""
    slow = [asyncio.create_task(dribble(port)) for _ in range(CLIENTS)]
    await asyncio.sleep(1)  # until every one of them is within its body
    try:
        return await times(port, requests)
    finally:
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)


async def measure(port: int) -> float:
    """Print what was measured and return the ratio of the medians."""
    alone, beside = [], []
    await times(port)
    for _ in range(ROUNDS):
        alone += await times(port)
        beside += await times_beside_slow_clients(port)
    for name, seconds in (("alone", alone), (f"beside {CLIENTS} slow POSTs", beside)):
        tail = statistics.quantiles(seconds, n=20)[-1]
        print(f"{PAGE} {name}: median {statistics.median(seconds) * 1000:.1f} ms, p95 {tail * 1000:.1f} ms")
    return statistics.median(beside) / statistics.median(alone)


async def measure_peer(port: int) -> None:
    """Print how the same threads fare without the guard."""
    await times(port)
    try:
        seconds = await asyncio.wait_for(times_beside_slow_clients(port, 1), PEER_WAITS)
        print(f"without the guard: {seconds[0] * 1000:.1f} ms")
    except TimeoutError:
        print(f"without the guard: no page within {PEER_WAITS:g} s")


def main() -> int:
    """Run the benchmark; return 1 above the limit."""
    with prepared() as variables:
        with served("benchmarks._unguarded:application", variables) as bare:
            asyncio.run(measure_peer(bare.port))
        with served(SITE, variables) as site:
            ratio = asyncio.run(measure(site.port))
    print(f"slow-post ratio {ratio:.2f} x (limit {LIMIT:g} x)")
    return int(ratio > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
