"""What does the API add to a stream? Beside a bare relay, over the same engine of 20 ms a token, in one run.

STREAMS (20) at once, each with a key of its own and asked again and again for SECONDS (20) a round; rounds alternate
between the engine itself, the relay and the site. Added time to the first token is beside the engine itself, CPU a
token beside the relay: a plain ASGI application with httpx that reads nothing, checks no key and counts no token. The
database's own CPU is not counted. Limits: p50 5 ms, p95 15 ms, 1.5 x.

A round lasts as long for each, so that who is slower is asked less often; every stream that began is read to its end.
The site's books are held against what its clients have read: a call that is missing fails, and so does a token.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median, quantiles

from ._load import HOST, ROOT, SITE, Served, free_port, prepared, served

STREAMS = int(os.environ.get("STREAMS", "20"))
SECONDS = float(os.environ.get("SECONDS", "20"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))
P50, P95, CPU = 5.0, 15.0, 1.5  # milliseconds, milliseconds, times the relay's
MODEL = "citrate/paced"
KEYS = f"""
from datetime import timedelta
from django.utils import timezone
from accounts.legal.documents import label
from accounts.models import User
from inference.actions import set_upstream
from inference.keys.actions import create_key
from marketplace.listings.models import Listing
name = Listing.objects.values_list("name", flat=True)[0]
set_upstream(listing=name, engine="smollm2", mode="chat")
print(name)
for number in range({STREAMS}):
    user, _ = User.objects.get_or_create(address=f"0x{{number + 1:040x}}", defaults=dict(accepted=label()))
    User.objects.filter(pk=user.pk).update(date_joined=timezone.now() - timedelta(days=3))
    print(create_key(user=user, name="Bench", chain_id=None).secret)
"""


BOOKS = """
from django.db.models import Count, Q, Sum
from inference.models import Call
found = Call.objects.aggregate(
    calls=Count("pk"), ended=Count("pk", filter=Q(state="done")), tokens=Sum("completion_tokens", default=0)
)
print(found["calls"], found["ended"], found["tokens"])
"""


@dataclass
class Seen:
    """What the streams at one of the three measured."""

    ended: int = 0  # streams
    first: list[float] = field(default_factory=list)  # milliseconds to the first token
    tokens: int = 0
    cpu: float = 0.0  # seconds

    @property
    def p50(self) -> float:
        """Half of the first tokens came sooner."""
        return median(self.first)

    @property
    def p95(self) -> float:
        """All but one in twenty did."""
        return quantiles(self.first, n=20)[-1]


async def ask(port: int, path: str, key: str, model: str, seen: Seen) -> None:
    """Ask for one stream and read it to its end."""
    body = json.dumps({"model": model, "stream": True, "messages": [{"role": "user", "content": "Say words."}]})
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n"
    reader, writer = await asyncio.open_connection(HOST, port)
    started = time.perf_counter()
    writer.write(f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
    said, first = b"", False
    while piece := await reader.read(65_536):
        if not first and b" word" in piece:
            seen.first.append((time.perf_counter() - started) * 1000)
            first = True
        said += piece
    writer.close()
    seen.ended += 1
    assert said.startswith(b"HTTP/1.1 200"), said[:500]
    assert b"[DONE]" in said, said[-500:]
    seen.tokens += said.count(b'" word"')


async def load(port: int, path: str, keys: list[str], model: str, seen: Seen) -> None:
    """Keep all streams busy for a while; they do not begin together."""
    until = time.monotonic() + SECONDS

    async def one(key: str) -> None:
        await asyncio.sleep(random.random() * 2)  # noqa: S311  nobody gains by guessing it
        while time.monotonic() < until:
            await ask(port, path, key, model, seen)

    await asyncio.gather(*(one(key) for key in keys))


def measure(server: Served, path: str, keys: list[str], model: str, seen: Seen) -> None:
    """Measure one round at one of the three."""
    before = server.cpu_seconds()
    asyncio.run(load(server.port, path, keys, model, seen))
    seen.cpu += server.cpu_seconds() - before


def main() -> int:
    """Measure, print, and return 1 where a limit is missed."""
    found = {"engine": Seen(), "relay": Seen(), "site": Seen()}
    port = free_port()
    with prepared() as variables, served("benchmarks._paced:engine", variables, port) as engine:
        variables |= {"CHAT_URL": f"http://{HOST}:{port}/v1", "CHAT_STREAMS": "64", "CHAT_MODEL": "paced"}
        variables |= {"FREE_TOKENS_ALL": "900000000", "FREE_TOKENS_WALLET": "900000000", "DATABASE_POOL": "true"}
        shell = {**variables, "DATABASE_POOL": "false"}
        model, *keys = told(KEYS, shell)[-STREAMS - 1 :]
        with served("benchmarks._paced:relay", variables) as relay, served(SITE, variables) as site:
            doors: list[tuple[str, Callable[[], None]]] = [
                ("engine", lambda: measure(engine, "/v1/chat/completions", keys, model, found["engine"])),
                ("relay", lambda: measure(relay, "/v1/chat/completions", keys, model, found["relay"])),
                ("site", lambda: measure(site, "/v1/chat/completions", keys, model, found["site"])),
            ]
            warmed = Seen()
            for warm, seen in ((relay, Seen()), (site, warmed)):
                asyncio.run(load(warm.port, "/v1/chat/completions", keys[:2], model, seen))
            for _ in range(ROUNDS):
                for _name, door in doors:
                    door()
            calls, ended, tokens = map(int, told(BOOKS, shell)[-3:])
    site_ended, site_tokens = found["site"].ended + warmed.ended, found["site"].tokens + warmed.tokens
    print(f"books: {calls} calls, {ended} ended well, {tokens} tokens; clients: {site_ended}, {site_tokens} tokens")
    return judge(found) if (calls, ended, tokens) == (site_ended, site_ended, site_tokens) else 1


def told(code: str, variables: dict[str, str]) -> list[str]:
    """Return what some code prints in the site's shell, as words."""
    command = [sys.executable, "manage.py", "shell", "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=variables, check=True, capture_output=True)
    return done.stdout.decode().split()


def judge(found: dict[str, Seen]) -> int:
    """Print what was found; return 1 where a limit is missed."""
    for name, seen in found.items():
        cost = seen.cpu / seen.tokens * 1e6
        print(f"{name}: first token p50 {seen.p50:.1f} ms, p95 {seen.p95:.1f} ms of {len(seen.first)}; "
              f"{cost:.0f} µs of CPU a token of {seen.tokens}")  # fmt: skip
    engine, relay, site = found["engine"], found["relay"], found["site"]
    p50, p95 = site.p50 - engine.p50, site.p95 - engine.p95
    ratio = (site.cpu / site.tokens) / (relay.cpu / relay.tokens)
    print(f"relay adds {relay.p50 - engine.p50:.1f} ms p50, {relay.p95 - engine.p95:.1f} ms p95")
    print(f"site adds {p50:.1f} ms p50 (limit {P50}), {p95:.1f} ms p95 (limit {P95})")
    print(f"gateway CPU a token ratio {ratio:.2f} x (limit {CPU})")
    return 0 if p50 <= P50 and p95 <= P95 and ratio <= CPU else 1


if __name__ == "__main__":
    sys.exit(main())
