"""What is done again and again for moderators."""

from __future__ import annotations

from common.queue import alone

from .labelling import tell_left_out
from .noticing import log_direct_suspensions
from .undoing import end_overdue


def look() -> None:
    """End what was decided for a time that is over, log what was suspended on a chain, tell whom a rule left out."""
    with alone("moderation") as is_first:
        if is_first:
            end_overdue()
            log_direct_suspensions()
            tell_left_out()
