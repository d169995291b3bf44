"""Hints after a commit: who listens reads the rows again. A lost hint loses nothing but a moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

from .dispatch import Changes, after_batch

log = structlog.get_logger(__name__)


def send_hints(messages: Mapping[str, dict[str, Any]]) -> None:
    """Send one message to each group; where the layer is away, only say so in the log."""
    if not messages:
        return
    try:
        async_to_sync(_send)(messages)
    except (RedisError, OSError) as error:
        log.warning("hints were not sent", reason=type(error).__name__)


@after_batch
def tell_head(changes: Changes) -> None:
    """Tell the group ``chain.<id>`` the number of the last block; while blocks are caught up with, only of the last."""
    # What a page would read now is outdated by the next batch, a moment later.
    if not changes.is_behind:
        send_hints({f"chain.{changes.chain.pk}": {"type": "chain.head", "number": changes.head}})


async def _send(messages: Mapping[str, dict[str, Any]]) -> None:
    layer = get_channel_layer()
    for group, message in messages.items():
        await layer.group_send(group, message)
