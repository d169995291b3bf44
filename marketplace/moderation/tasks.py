"""What is done again and again for moderators."""

from __future__ import annotations

from common.queue import alone

from .noticing import log_direct_suspensions
from .undoing import end_overdue


def look() -> None:
    """End what was decided for a time that is over, and log what was suspended directly on a chain."""
    with alone("moderation") as is_first:
        if is_first:
            end_overdue()
            log_direct_suspensions()
