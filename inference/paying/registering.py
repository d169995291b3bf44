"""What this package adds to the site when it is made ready."""

from accounts.notifications import kinds
from common.queue import repeat

from .telling import KINDS


def register() -> None:
    """Register its kinds of notices, and the task that looks after them."""
    kinds.register(*KINDS)
    repeat("inference.paying.tasks.look", minutes=1)
