"""The real engines, and a database that other threads see."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.models import User
from contracts.models import Chain
from inference.models import Call, Probe, QuotaMove, Upstream, UsageWindow
from marketplace.listings.models import Listing
from marketplace.listings.runtime import ListingRuntime
from marketplace.listings.versions import Adoption
from marketplace.onchain.models.listings import ListingState, OnchainListing
from stack import engine, tether
from tests.factories.marketplace import listing as make_listing
from tests.factories.marketplace import listings as make_listings
from tests.factories.marketplace import record
from tests.ports import free_port
from tests.waiting import until

PATIENCE = 1800  # seconds: the first run on a machine installs torch
KEY = "only-for-tests"  # pragma: allowlist secret: of engines that die with the run
CHAT = "inference-tests/chat"
UNHEARD = "acme/chat"
MODES = {"search": "embeddings", "similar": "similarity", "rank": "rerank", "labels": "zero-shot"}
OWNER = "0x" + "a" * 40
MODEL_ID = OWNER + "0" * 24


@dataclass
class Server:
    """One engine in a process of its own."""

    kind: str
    log: Path
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start it, unless it runs, and wait until it answers."""
        if self.process is None or self.process.poll() is not None:
            with self.log.open("ab") as log:
                self.process = subprocess.Popen(
                    engine.command(self.kind, self.port),
                    cwd=settings.BASE_DIR,
                    env=tether.environment({**os.environ, "CHAT_KEY": KEY, "EMBEDDINGS_KEY": KEY}),
                    stdout=log,
                    stderr=log,
                )
        until(self._answers, lambda: self.log.read_text()[-4000:], PATIENCE)

    def kill(self) -> None:
        """End it without a word."""
        assert self.process
        self.process.kill()
        self.process.wait(20)

    def cpu_seconds(self) -> float:
        """Return the CPU time that it has used."""
        assert self.process
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _answers(self) -> bool:
        health = Request(f"http://127.0.0.1:{self.port}/health", headers={"Authorization": f"Bearer {KEY}"})
        assert self.process
        assert self.process.poll() is None, self.log.read_text()[-4000:]
        try:
            urlopen(health, timeout=2).close()  # noqa: S310  our own
        except (URLError, OSError):
            return False
        return True


@dataclass
class Engines:
    """Both of them."""

    chat: Server
    embeddings: Server


@pytest.fixture(scope="session")
def running_engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """The engines, started once for all tests of the group."""
    home = tmp_path_factory.mktemp("engines")
    engines = Engines(Server("chat", home / "chat.log"), Server("embeddings", home / "embeddings.log"))
    try:
        engines.chat.start()
        engines.embeddings.start()
        yield engines
    finally:
        for server in (engines.chat, engines.embeddings):
            if server.process:
                server.kill()


@pytest.fixture
def engines(running_engines: Engines, settings: pytest.FixtureRequest) -> Engines:
    """The engines, where the settings look for them."""
    running_engines.chat.start()
    ports = {"smollm2": running_engines.chat.port, "minilm": running_engines.embeddings.port}
    known: dict[str, Any] = settings.ENGINES  # type: ignore[attr-defined]
    settings.ENGINES = {  # type: ignore[attr-defined]
        name: {**known[name], "url": f"http://127.0.0.1:{port}/v1", "key": KEY} for name, port in ports.items()
    }
    return running_engines


@pytest.fixture
def listings(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Listings with upstreams, committed, because sockets ask from other threads; taken back afterwards."""
    with django_db_blocker.unblock():
        make_listings(record(CHAT, task="text-generation"), *(record(f"inference-tests/{name}") for name in MODES))
        Upstream.objects.create(listing=CHAT, engine="smollm2", mode="chat")
        for name, mode in MODES.items():
            Upstream.objects.create(listing=f"inference-tests/{name}", engine="minilm", mode=mode)
        try:
            yield
        finally:
            for model in (
                Call,
                UsageWindow,
                QuotaMove,
                Probe,
                Upstream,
                ListingRuntime,
                Adoption,
                OnchainListing,
                User,
                Chain,
            ):
                model.objects.all().delete()
            mine = Listing.objects.filter(name__startswith="inference-tests/")
            owner = mine[0].owner
            mine.delete()
            owner.delete()
            connection.close()


@pytest.fixture
def owner(listings: None) -> User:
    """A wallet that sells the chat model on a chain, and so may run it."""
    chain = Chain.objects.create(
        id=31337, short_name="anvil", name="Anvil", coin="ETH", confirmations=3, reorg_window=9, start_block=10
    )
    OnchainListing.objects.create(
        chain=chain,
        model_id=MODEL_ID,
        seller=OWNER,
        category=0,
        metadata="",
        state=ListingState.LISTED,
        listed_block=0,
        listed_at=timezone.now(),
        changed_block=0,
    )
    Adoption.objects.create(chain=chain, model_id=MODEL_ID, listing=Listing.objects.get(name=CHAT))
    return User.objects.create(address=OWNER)


@pytest.fixture
def silent_engines(settings: Any) -> None:
    """Engines at addresses where nobody listens."""
    here = {name: {**engine, "url": f"http://127.0.0.1:{free_port()}/v1"} for name, engine in settings.ENGINES.items()}
    settings.ENGINES = here


@pytest.fixture
def an_upstream() -> None:
    """One listing with an upstream."""
    make_listing(UNHEARD, task="text-generation")
    Upstream.objects.create(listing=UNHEARD, engine="smollm2", mode="chat")
