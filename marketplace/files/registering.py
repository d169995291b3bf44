"""What the package has done again and again."""

from common.queue import repeat


def register() -> None:
    """Have uploads kept and what nobody needs deleted."""
    repeat("marketplace.files.tasks.keep_waiting", minutes=1)
    repeat("marketplace.files.tasks.tidy", minutes=30)
