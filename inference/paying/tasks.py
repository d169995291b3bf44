"""What is done for keys beside the web (``common.queue``)."""

from . import looking


def look() -> None:
    """Tell owners what becomes of their keys and balances."""
    looking.look()
