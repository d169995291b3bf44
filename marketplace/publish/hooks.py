"""What packages above this one add to publishing: each registers when its app is made ready."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol
from uuid import UUID

from .models import Draft


class OnPublish(Protocol):
    """Called in the transaction in which a listing and its version are made."""

    def __call__(self, *, draft: Draft, listing: str, version: str) -> None: ...


class OnDiscard(Protocol):
    """Called in the transaction in which a draft goes for good."""

    def __call__(self, *, draft_id: UUID) -> None: ...


Answering = Callable[[UUID], tuple[int, int]]
_published: list[OnPublish] = []
_discarded: list[OnDiscard] = []
_answering: list[Answering] = []


def on_publish(function: OnPublish) -> OnPublish:
    """Register what becomes of a draft's things once it is a listing's version."""
    _add(_published, function)
    return function


def on_discard(function: OnDiscard) -> OnDiscard:
    """Register what goes with a draft."""
    _add(_discarded, function)
    return function


def delivers(function: Answering) -> Answering:
    """Register who counts a draft's servers: those that answer, and all."""
    _add(_answering, function)
    return function


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


def servers_of(draft_id: UUID) -> tuple[int, int]:
    """Return how many servers of a draft answer, and how many it has."""
    counts = [function(draft_id) for function in _answering]
    return sum(answers for answers, _all in counts), sum(there for _answers, there in counts)
