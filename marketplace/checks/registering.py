"""What the package has others do for it."""

from common.queue import repeat
from marketplace.files.storing import on_forgotten

from .actions import forget_blob


def register() -> None:
    """Have what stands still begun again, and forget what was found in bytes that are gone."""
    repeat("marketplace.checks.tasks.look", minutes=1)
    on_forgotten(forget_blob)
