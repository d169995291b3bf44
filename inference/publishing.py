"""What becomes of a draft's servers, registered with what publishes drafts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from marketplace.publish import hooks
from marketplace.publish.models import Draft

from .models import Kind, Upstream, UpstreamState
from .upstream_actions import (
    add_upstream,
    checked,
    discard_upstreams,
    mode_for,
    publish_upstreams,
    room_of_draft,
)


def publish(*, draft: Draft, listing: str, version: str) -> None:
    """Let a draft's servers answer for the version that it became."""
    publish_upstreams(draft_id=draft.pk, listing=listing, version=version)


def discard(*, draft_id: UUID) -> None:
    """Delete the servers of a draft that goes for good."""
    discard_upstreams(draft_id=draft_id)


def servers(draft: Any) -> QuerySet[Any, bool]:
    """Return for each server of a draft, which is named by its id or an expression of it, whether it answers."""
    there = Upstream.objects.filter(kind=Kind.URL, draft=draft).exclude(state=UpstreamState.OFF)
    return there.order_by().annotate(answers=Q(state=UpstreamState.HEALTHY)).values_list("answers", flat=True)


class Endpoints:
    """The servers that a citrate.toml names, as a draft has them."""

    def take(self, *, draft: Draft, url: str, model: str) -> None:
        """Add a server without a key, unless the draft has it. Raises as ``add_upstream`` does."""
        room = room_of_draft(draft.user, draft.pk)
        there = {(each.base_url, each.model) for each in room.upstreams}
        if (checked(url).url, model) not in there:
            add_upstream(room=room, base_url=url, model=model, mode=mode_for(draft))

    def named(self, draft_id: UUID) -> list[dict[str, str]]:
        """Return what a draft has."""
        own = Upstream.objects.filter(kind=Kind.URL, draft=draft_id).order_by("place", "pk")
        return [{"url": url, "model": model} for url, model in own.values_list("base_url", "model")]


ENDPOINTS = Endpoints()


def register() -> None:
    """Have them called."""
    hooks.on_publish(publish)
    hooks.on_discard(discard)
    hooks.delivers(servers)
    hooks.keeps_endpoints(ENDPOINTS)
