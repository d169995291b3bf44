"""Engines by name: where one is, and how it is asked. ``upstream`` asks it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import structlog
from django.conf import settings

from common.sealing import SealedError, unseal

from .asked import Asked
from .errors import EngineGoneError
from .models import Kind, Upstream

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Engine:
    """Where an engine is. ``url`` ends in /v1; ``streams`` is how many answers it may write at once.

    One that ``is_sellers`` was named by a person: it is looked up for each connection, and has to be public.
    ``asks_usage``: it tells its use in a stream only where it is asked to. ``context`` is for ``contexts`` to read,
    ``first_token_ms`` how long its first token took when it was tried.
    """

    name: str
    url: str
    model: str = ""
    key: str = field(default="", repr=False)
    streams: int = 8
    context: int = 0
    is_sellers: bool = False
    asks_usage: bool = False
    first_token_ms: int | None = None

    @property
    def headers(self) -> dict[str, str]:
        """What every request carries."""
        return {"Authorization": f"Bearer {self.key}"} if self.key else {}

    def body(self, **fields: Any) -> dict[str, Any]:
        """Return a request's body; an engine that serves one model need not hear its name."""
        return {"model": self.model, **fields} if self.model else fields

    def refused_of(self, asked: Asked) -> list[str]:
        """Return by name what it is asked for and cannot do: ours take nothing, of a seller's it turns out."""
        return [] if self.is_sellers else sorted(asked.needs)


def engine_of(name: str) -> Engine:
    """Return the engine that settings name so, or the seller's server. Raises EngineGoneError where there is none."""
    if engine := ours(name):
        return engine
    found = Upstream.objects.filter(kind=Kind.URL, engine=name).first()
    if found is None:
        raise EngineGoneError
    return server_of(found)


def ours(name: str) -> Engine | None:
    """Return the engine that settings name so. No query."""
    return Engine(name, **cast(Any, settings.ENGINES[name])) if name in settings.ENGINES else None


def server_of(upstream: Upstream) -> Engine:
    """Return how a seller's server is asked. Raises EngineGoneError where its key cannot be opened any more."""
    try:
        key = unseal(upstream.sealed_key, bound_to=key_of(upstream)) if upstream.sealed_key else ""
    except SealedError as error:
        log.error("a key cannot be opened", upstream=upstream.pk, why=str(error))
        raise EngineGoneError from error
    return Engine(
        upstream.engine,
        upstream.base_url,
        upstream.model,
        key,
        upstream.at_once,
        is_sellers=True,
        asks_usage=bool(upstream.tells_usage),
        first_token_ms=upstream.first_token_ms,
    )


def key_of(upstream: Upstream) -> str:
    """Return what the key of a seller's server is bound to: in another row it opens nothing."""
    return f"upstream {upstream.engine}"
