"""What becomes of a draft's servers, registered with what publishes drafts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

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


def servers(draft: Any) -> QuerySet[Any, bool]:
    """Return for each server of a draft, which is named by its id or an expression of it, whether it answers."""
    there = Upstream.objects.filter(kind=Kind.URL, draft=draft).exclude(state=UpstreamState.OFF)
    return there.order_by().annotate(answers=Q(state=UpstreamState.HEALTHY)).values_list("answers", flat=True)


def register() -> None:
    """Have them called."""
    hooks.on_publish(publish)
    hooks.on_discard(discard)
    hooks.delivers(servers)
