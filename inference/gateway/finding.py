"""The models that answer here, as the protocol lists them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from inference.choosing import is_answering, keeps_of, runs_at, serving
from inference.errors import NotRunnableError
from inference.keys.finding import refuse_out_of_scope
from inference.keys.models import ApiKey
from inference.models import Mode, Upstream, UpstreamState
from marketplace.listings.models import Listing

MOST_LISTED = 1_000
TASKS = {Mode.CHAT: ("chat.completions", "completions"), Mode.EMBEDDINGS: ("embeddings",)}


def models_of(key: ApiKey) -> list[dict[str, Any]]:
    """Return what a key may ask, by name. Two queries."""
    found = Upstream.objects.exclude(listing="").exclude(state=UpstreamState.OFF).filter(mode__in=TASKS)
    by_name: dict[str, list[Upstream]] = {}
    for each in found.order_by("listing", "place", "pk")[: MOST_LISTED * 4]:
        by_name.setdefault(each.listing, []).append(each)
    scopes = {scope.lower() for scope in key.scopes}
    names = [name for name in by_name if not scopes or name.lower() in scopes][:MOST_LISTED]
    # What a moderator has hidden is named to nobody.
    listings = Listing.objects.filter(name__in=names, suspension=None).only("name", "created_at").order_by("name")
    return [_model(listing, by_name[listing.name]) for listing in listings]


def model_of(key: ApiKey, name: str) -> dict[str, Any]:
    """Return one model. Raises NotRunnableError, KeyScopeError."""
    found = [each for each in serving(name) if each.mode in TASKS]
    listing = Listing.objects.named(name).filter(suspension=None).first() if found else None
    if listing is None:
        raise NotRunnableError
    refuse_out_of_scope(key, listing.name)
    return _model(listing, found)


def _model(listing: Listing, found: Iterable[Upstream]) -> dict[str, Any]:
    upstreams = list(found)
    return {
        "id": listing.name,
        "object": "model",
        "created": int(listing.created_at.timestamp()),
        "owned_by": listing.name.partition("/")[0],
        "answers": list(TASKS[Mode(upstreams[0].mode)]),
        "ready": any(is_answering(each) for each in upstreams),
        "upstreams": [
            {"name": each.engine, "runs_at": runs_at(each), "retains": keeps_of(each), "ready": is_answering(each)}
            for each in upstreams
        ],
        "runs_at": sorted({runs_at(each) for each in upstreams}),
    }
