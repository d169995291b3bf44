"""What the package adds to what lower ones keep."""

from accounts.notifications import kinds

from .notices import KINDS


def register() -> None:
    """Register the kinds of notices."""
    kinds.register(*KINDS)
