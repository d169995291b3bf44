"""What this package adds to others when the app is made ready."""

from __future__ import annotations

from common.queue import repeat

from .kinds import register_kinds
from .telling import register_notices


def register() -> None:
    """Add kinds of content and of notices, and the task that runs again and again."""
    register_kinds()
    register_notices()
    repeat("marketplace.moderation.tasks.look", minutes=1)
