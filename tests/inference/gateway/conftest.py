"""The site on a port, over this worker's database, and a key for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Thread
from typing import Any

import httpx
import openai
import pytest
import uvicorn
from django.core.cache import cache
from django.db import connections
from pytest_django import DjangoDbBlocker

from config.asgi import site
from config.serve import options
from inference.answers import Delta
from inference.kept_models import KeptAnswer
from inference.keys.actions import create_key
from inference.keys.models import ApiKey, KeySecret
from inference.models import Kind, Mode, Upstream, UpstreamState
from tests.inference.conftest import CHAT, Engines, listings, running_engines
from tests.inference.conftest import engines as engines
from tests.inference.keys.holders import holder
from tests.inference.seller import KEY, Seller, selling
from tests.ports import free_port
from tests.waiting import PATIENCE, becomes, until

__all__ = ["Delta", "Engines", "engines", "listings", "running_engines"]


SEARCH = "inference-tests/search"


@dataclass
class Site:
    """Where the API is, and a key for it."""

    url: str
    secret: str
    key: ApiKey

    def client(self, **more: Any) -> openai.OpenAI:
        """Return the official client, which asks once."""
        return openai.OpenAI(base_url=f"{self.url}/v1", api_key=self.secret, **{"max_retries": 0, **more})

    @property
    def headers(self) -> dict[str, str]:
        """What a client without a library sends."""
        return {"Authorization": f"Bearer {self.secret}"}


def hang_up(asked: Site | Any, body: dict[str, Any], when: Callable[[], object]) -> None:
    """Ask for a whole answer, and leave as soon as ``when`` is true: the engine is at work then."""

    async def talk() -> None:
        head = {"Authorization": f"Bearer {asked.secret}"}
        async with httpx.AsyncClient(base_url=asked.url, headers=head, timeout=PATIENCE, trust_env=False) as client:
            asking = asyncio.create_task(client.post("/v1/chat/completions", json=body))
            await becomes(lambda: asking.done() or when())
            assert not asking.done()
            asking.cancel()

    asyncio.run(talk())


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The site in this process, so that it asks what the tests' settings say."""
    given = {**options(["--port", str(free_port())]), "log_level": "critical", "lifespan": "off"}
    port = given["port"]
    for name in ("workers", "uds"):
        given.pop(name)
    given["http"] = "config.guard.wire:BoundedProtocol"
    server = uvicorn.Server(uvicorn.Config(site, **given))
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    try:
        until(lambda: server.started, lambda: "the site does not start")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)


@pytest.fixture
def place(address: str, listings: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Site]:
    """The site, and somebody's key for it."""
    with django_db_blocker.unblock():
        cache.clear()
        made = create_key(user=holder(), name="Tests", chain_id=None)
        try:
            yield Site(address, made.secret, made.key)
        finally:
            for model in (KeptAnswer, KeySecret, ApiKey):
                model.objects.all().delete()
            connections.close_all()


@pytest.fixture
def seller(place: Site, settings: Any) -> Iterator[Seller]:
    """A seller's server, which answers for the chat model instead of ours."""
    settings.UPSTREAM_LOOPBACK = True
    with selling(key="") as server:
        _sells(server, CHAT, Mode.CHAT)
        yield server


@pytest.fixture
def vectors(seller: Seller) -> Iterator[Seller]:
    """Another server of the seller's, which answers for the model of vectors."""
    with selling(key="", embeds=True) as server:
        _sells(server, SEARCH, Mode.EMBEDDINGS)
        yield server


def _sells(server: Seller, listing: str, mode: Mode) -> None:
    """Let the server alone answer for a listing, for nothing."""
    Upstream.objects.filter(listing=listing).delete()
    Upstream.objects.create(
        listing=listing,
        kind=Kind.URL,
        engine=f"gateway-seller-{mode}",
        mode=mode,
        base_url=server.url,
        model="lemon-1",
        free=True,
        state=UpstreamState.HEALTHY,
        tells_usage=True,
    )


assert KEY
