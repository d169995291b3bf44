"""Work on sellers' servers that is done beside the web (``common.queue``)."""

from . import watching


def try_upstream(upstream_id: int) -> None:
    """Try a server that its seller asked to have tried."""
    watching.try_upstream(upstream_id)
