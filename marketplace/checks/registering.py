"""What the package has others do for it."""

from common.queue import repeat


def register() -> None:
    """Have what stands still begun again."""
    repeat("marketplace.checks.tasks.look", minutes=1)
