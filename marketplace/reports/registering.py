"""What this package adds to others when the app is made ready."""

from __future__ import annotations

from accounts.notifications import kinds as notices
from common.queue import repeat

from .kinds import KINDS


def register() -> None:
    """Add kinds of notices, and the task that runs again and again."""
    notices.register(*KINDS)
    repeat("marketplace.reports.tasks.tidy", minutes=1_440)
