"""Paid streams of which some break off, while processes are killed: what is charged is what was sent.

``CHAOS=yes`` is the long form: 1,000 streams and ten kills, as ``make chaos`` runs it.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen
from uuid import UUID

import httpx
import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.utils import timezone

from inference.actions import sweep_calls
from inference.journaling import JOURNAL_TOKENS
from inference.keys.actions import rotate_key
from inference.ledger.auditing import audit_chain
from inference.ledger.models import Account, Charge, Line, Owed
from inference.models import OPEN, Call, CallState, Upstream
from marketplace.listings.models import Listing
from marketplace.listings.versions import Adoption
from marketplace.onchain.models.pricing import NO_RATE, OnchainRates
from tests import databases
from tests.deploying import SETTLER
from tests.factories.marketplace import listing as make_listing
from tests.governance.signing import key_of
from tests.ports import free_port
from tests.waiting import take_in_loop, until

from .books import is_balanced
from .conftest import Escrow

LONG = "CHAOS" in os.environ
STREAMS, KILLS = (1_000, 10) if LONG else (40, 4)
PAYERS = (3, 4, 5, 6, 7, 8)
AT_ONCE = 2 * len(PAYERS)  # streams: two of a wallet
LEAVE = 0.3  # of them, before their end
TOKENS = 48  # of an answer
NAME = "inference-tests/metered"
PATIENCE = 120.0

chance = random.Random(18)  # noqa: S311  who leaves when, and what is killed when

pytestmark = [pytest.mark.xdist_group("chaos"), pytest.mark.long(600 if LONG else 60)]

WORKER = """
import django
django.setup()
from inference.actions import sweep_calls
from inference.ledger.tasks import audit, settle
print("ready", flush=True)
while True:
    sweep_calls()
    settle()
    audit()
"""
CUT = "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = %s and pid <> pg_backend_pid()"


@dataclass
class Process:
    """One process of the site, in a session of its own, that dies whole and comes back as it was."""

    command: list[str]
    variables: dict[str, str]
    log: Path
    url: str = ""
    running: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it, and return when it answers, or says that it is ready."""
        with self.log.open("a") as log:
            self.running = subprocess.Popen(
                self.command,
                cwd=settings.BASE_DIR,
                env={**os.environ, **self.variables},
                stdout=subprocess.PIPE if not self.url else log,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        if self.url:
            until(self._answers, lambda: self.log.read_text()[-4000:], PATIENCE, every=0.1)
        else:
            assert self.running.stdout
            said = self.running.stdout.readline()
            assert said == "ready\n", f"{said}{self.log.read_text()[-4000:]}"

    def kill(self) -> None:
        """End it without a word."""
        assert self.running
        os.killpg(self.running.pid, signal.SIGKILL)
        self.running.communicate()

    def _answers(self) -> bool:
        assert self.running
        assert self.running.poll() is None, self.log.read_text()[-4000:]
        try:
            urlopen(self.url, timeout=2).close()  # noqa: S310  our own
        except (URLError, OSError):
            return False
        return True


@dataclass
class Heard:
    """What came of one stream at its client."""

    name: str
    call: UUID | None = None
    pieces: int = 0


@dataclass
class Site:
    """All of it: processes, the payers' secrets, and what their clients have heard."""

    home: Path
    secrets: list[str]
    web: Process
    engine: Process
    worker: Process
    heard: list[Heard] = field(default_factory=list)
    begun: int = 0

    def written(self, name: str) -> int:
        """How many tokens the engine has written of an answer."""
        file = self.home / name
        return file.stat().st_size if file.exists() else 0


@pytest.fixture
def site(escrow: Escrow) -> Iterator[Site]:
    """The site over the escrow's database, with a paced engine and payers who have money there."""
    secrets = [_payer(escrow, number) for number in PAYERS]
    _sell(escrow)
    web, engine = free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="citrate-paced-") as home:
        variables = {
            "DATABASE_URL": databases.url(connection.settings_dict["NAME"]),
            "CHAT_URL": f"http://127.0.0.1:{engine}/v1",
            "CHAT_STREAMS": "64",
            "SETTLER_KEY": f"0x{bytes(key_of(SETTLER).key).hex()}",
            "PACED": home,
        }
        serve = [sys.executable, "-m", "config.serve", "--port", str(web)]
        paced = ["-m", "uvicorn", "--log-level", "critical", "--lifespan", "off", "--port", str(engine)]
        paced.append("tests.inference.ledger.paced:engine")
        made = Site(
            Path(home),
            secrets,
            Process(serve, variables, Path(home) / "web.log", f"http://127.0.0.1:{web}/healthz"),
            Process(
                [sys.executable, *paced], variables, Path(home) / "engine.log", f"http://127.0.0.1:{engine}/health"
            ),
            Process([sys.executable, "-c", WORKER], variables, Path(home) / "worker.log"),
        )
        with _all_of(made.web, made.engine, made.worker):
            yield made


@contextmanager
def _all_of(*processes: Process) -> Iterator[None]:
    try:
        for each in processes:
            each.start()
        yield
    finally:
        for each in processes:
            if each.running:
                with suppress(ProcessLookupError):
                    each.kill()


def _payer(escrow: Escrow, number: int) -> str:
    if number not in escrow.keys:
        escrow.fund(number)
    key = escrow.keys[number]
    return rotate_key(user=key.user, pk=key.pk).secret


def _sell(escrow: Escrow) -> None:
    """Have the model of the escrow answer here, for a price a token."""
    make_listing(NAME, task="text-generation")
    Upstream.objects.create(listing=NAME, engine="smollm2", mode="chat")
    own: dict[str, Any] = {"chain": escrow.chain, "model_id": escrow.model}
    Adoption.objects.create(**own, listing=Listing.objects.get(name=NAME))
    since = timezone.now() - timedelta(days=1)
    rates = {
        "last_in": 3 * 10**6,
        "last_out": 7 * 10**9,
        "last_from": since,
        "before_in": NO_RATE,
        "before_out": NO_RATE,
    }
    OnchainRates.objects.create(**own, token=escrow.keys[3].token, **rates)


async def ask_all(site: Site) -> None:
    """Keep all payers' streams busy until so many were begun, and kill processes meanwhile."""
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        busy = [stream_after_stream(site, client, secret) for secret in site.secrets for _ in range(2)]
        await asyncio.gather(*busy, kill_now_and_then(site))


async def stream_after_stream(site: Site, client: httpx.AsyncClient, secret: str) -> None:
    while site.begun < STREAMS:
        site.begun += 1
        heard = Heard(f"stream-{site.begun}")
        site.heard.append(heard)
        leaves = chance.randrange(TOKENS) if chance.random() < LEAVE else TOKENS + 1
        with suppress(httpx.HTTPError):
            while not await stream(site, client, secret, heard, leaves):
                await take_in_loop(0.2)
        await take_in_loop(0.05)


async def stream(site: Site, client: httpx.AsyncClient, secret: str, heard: Heard, leaves: int) -> bool:
    """Hear one stream as far as it comes, or until its client leaves; return whether it was let in."""
    asked = {
        "model": NAME,
        "messages": [{"role": "user", "content": f"Tell {heard.name}"}],
        "max_tokens": TOKENS,
        "stream": True,
    }
    url = site.web.url.replace("/healthz", "/v1/chat/completions")
    try:
        async with client.stream("POST", url, json=asked, headers={"Authorization": f"Bearer {secret}"}) as answer:
            if answer.status_code in (429, 503):  # its wallet's streams still end, or the site comes back
                return False
            async for line in answer.aiter_lines():
                _hear(line, heard)
                if heard.pieces >= leaves:
                    break
    except httpx.ConnectError:
        return False  # killed, and not back yet
    return True


def _hear(line: str, heard: Heard) -> None:
    said = json.loads(line[6:]) if line.startswith("data: {") else {}
    for choice in said.get("choices", ()):
        heard.call = UUID(said["id"].removeprefix("chatcmpl-"))
        heard.pieces += bool(choice["delta"].get("content"))


async def kill_now_and_then(site: Site) -> None:
    """Kill one thing after the other while streams run: web, engine, worker and every connection of the database."""
    ways = ["web", "engine", "database", "worker"]
    for number in range(KILLS):
        due = (number + 1) * STREAMS // (KILLS + 2)
        while site.begun < due:
            await take_in_loop(0.05)
        await take_in_loop(chance.random() / 2)
        await asyncio.to_thread(_kill, site, ways[number % len(ways)])


def _kill(site: Site, way: str) -> None:
    if way == "database":
        _crash_database() if LONG else _cut_database()
        return
    process: Process = getattr(site, way)
    process.kill()
    process.start()


def _cut_database() -> None:
    """Have every connection end, as at a restart; the run's server is for other tests too."""
    with connection.cursor() as cursor:
        cursor.execute(CUT, [connection.settings_dict["NAME"]])
    connection.close()


def _crash_database() -> None:
    """Kill a process of PostgreSQL without a word: it drops all that runs, and recovers from its log."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        os.kill(cursor.fetchone()[0], signal.SIGKILL)
    connection.close()
    until(_database_answers, "the database is back", PATIENCE, every=0.1)


def _database_answers() -> bool:
    with suppress(OperationalError):
        connection.ensure_connection()
        return True
    return False


def test_what_is_charged_is_what_was_sent_though_streams_break_off_and_processes_die(
    site: Site, escrow: Escrow
) -> None:
    asyncio.run(ask_all(site))
    connection.close()  # which the database has ended too
    for process in (site.web, site.engine, site.worker):
        process.kill()
    # What a web that died had open is silent for good.
    Call.objects.filter(state__in=OPEN).update(journaled_at=timezone.now() - timedelta(hours=1))
    sweep_calls()
    calls = {call.pk: call for call in Call.objects.all()}
    charges = {charge.call: charge for charge in Charge.objects.all()}
    assert calls.keys() == charges.keys()
    assert {call.access for call in calls.values()} == {"metered"}
    for heard in site.heard:
        if heard.call is None:
            continue
        call, charge = calls[heard.call], charges[heard.call]
        assert heard.pieces - JOURNAL_TOKENS <= call.completion_tokens <= site.written(heard.name), heard
        price = 3 * call.prompt_tokens + 7_000 * call.completion_tokens if call.completion_tokens else 0
        assert charge.amount == price <= charge.held
    done = [call for call in calls.values() if call.state == CallState.DONE]
    left = [call for call in calls.values() if call.state == CallState.STOPPED]
    assert len(done) > STREAMS // 4
    assert left
    assert {call.completion_tokens for call in done} == {TOKENS}
    assert_equal_to_the_chain(escrow)


def assert_equal_to_the_chain(escrow: Escrow) -> None:
    """Settle all there is, and hold books, charges and the escrow against each other."""
    assert is_balanced()
    assert not Account.objects.filter(held__gt=0).exists()
    until(lambda: _settled(escrow), "all is settled", PATIENCE)
    assert is_balanced()
    assert audit_chain(chain=escrow.chain).differences == []
    for number in PAYERS:
        own = Charge.objects.filter(payer=escrow.market.accounts[number])
        charged = sum(own.values_list("amount", flat=True))
        assert escrow.spent(number) == charged == escrow.account(number).settled
        assert escrow.account(number).charged == 0


def _settled(escrow: Escrow) -> bool:
    escrow.index(final=True)
    escrow.settle()
    waiting = Owed.objects.filter(line=None).exists()
    return not waiting and not Line.objects.filter(is_settled=False).exists()
