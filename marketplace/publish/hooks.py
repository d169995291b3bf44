"""What packages above this one add to publishing: each registers when its app is made ready."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any, Protocol
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, Func, OuterRef, QuerySet, Value

from .models import Draft


class OnPublish(Protocol):
    """Called in the transaction in which a listing and its version are made."""

    def __call__(self, *, draft: Draft, listing: str, version: str) -> None: ...


class OnDiscard(Protocol):
    """Called in the transaction in which a draft goes for good."""

    def __call__(self, *, draft_id: UUID) -> None: ...


class Endpoints(Protocol):
    """What keeps the servers that a citrate.toml names."""

    def take(self, *, draft: Draft, url: str, model: str) -> None:
        """Let a draft have a server, without a key; one that it has already changes nothing. Raises DomainError."""

    def named(self, draft_id: UUID) -> list[dict[str, str]]:
        """Return the servers of a draft as a citrate.toml names them: url and model."""


Servers = Callable[[Any], "QuerySet[Any, bool]"]
_published: list[OnPublish] = []
_discarded: list[OnDiscard] = []
_servers: list[Servers] = []
_endpoints: list[Endpoints] = []


def on_publish(function: OnPublish) -> OnPublish:
    """Register what becomes of a draft's things once it is a listing's version."""
    _add(_published, function)
    return function


def on_discard(function: OnDiscard) -> OnDiscard:
    """Register what goes with a draft."""
    _add(_discarded, function)
    return function


def delivers(function: Servers) -> Servers:
    """Register who has servers of drafts: it is given a draft's id, or an expression of it, and returns for each
    server whether it answers."""
    _add(_servers, function)
    return function


def keeps_endpoints(keeper: Endpoints) -> Endpoints:
    """Register who keeps the servers that a citrate.toml names."""
    _add(_endpoints, keeper)
    return keeper


def _add(known: list[Any], function: Any) -> None:
    if function not in known:
        known.append(function)


def tell_published(*, draft: Draft, listing: str, version: str) -> None:
    """Tell those who registered that a draft became a version of a listing."""
    for function in _published:
        function(draft=draft, listing=listing, version=version)


def tell_discarded(*, draft_id: UUID) -> None:
    """Tell those who registered that a draft goes for good."""
    for function in _discarded:
        function(draft_id=draft_id)


def with_servers(drafts: QuerySet[Draft]) -> QuerySet[Draft]:
    """Read each draft's servers with it: for each, whether it answers."""
    none: Any = Value([], output_field=ArrayField(BooleanField()))
    lists = [ArraySubquery(function(OuterRef("pk"))) for function in _servers]
    added: dict[str, Any] = {"servers": reduce(_joined, lists, none)}
    return drafts.annotate(**added)


def _joined(one: Any, other: Any) -> Any:
    return Func(one, other, function="array_cat", output_field=ArrayField(BooleanField()))


def servers_of(draft_id: UUID) -> tuple[int, int]:
    """Return how many servers of a draft answer, and how many it has."""
    answers = [each for function in _servers for each in function(draft_id)]
    return sum(answers), len(answers)


def take_endpoint(*, draft: Draft, url: str, model: str) -> None:
    """Let a draft have a server that its citrate.toml names. Raises DomainError."""
    for keeper in _endpoints:
        keeper.take(draft=draft, url=url, model=model)


def endpoints_of(draft_id: UUID) -> list[dict[str, str]]:
    """Return a draft's servers as its citrate.toml names them."""
    return [each for keeper in _endpoints for each in keeper.named(draft_id)]
