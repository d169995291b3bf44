"""What becomes of a draft's servers, registered with what publishes drafts."""

from __future__ import annotations

from uuid import UUID

from marketplace.publish import hooks
from marketplace.publish.models import Draft

from .models import Kind, Upstream, UpstreamState
from .upstream_actions import discard_upstreams, publish_upstreams


def publish(*, draft: Draft, listing: str, version: str) -> None:
    """Let a draft's servers answer for the version that it became."""
    publish_upstreams(draft_id=draft.pk, listing=listing, version=version)


def discard(*, draft_id: UUID) -> None:
    """Delete the servers of a draft that goes for good."""
    discard_upstreams(draft_id=draft_id)


def count(draft_id: UUID) -> tuple[int, int]:
    """Return how many of a draft's servers answer, and how many it has."""
    states = Upstream.objects.filter(kind=Kind.URL, draft=draft_id).exclude(state=UpstreamState.OFF)
    found = list(states.values_list("state", flat=True))
    return found.count(UpstreamState.HEALTHY), len(found)


def register() -> None:
    """Have them called."""
    hooks.on_publish(publish)
    hooks.on_discard(discard)
    hooks.delivers(count)
