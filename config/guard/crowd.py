"""How many connections may be open at once: in all, from one network, and from the wider one around it.

A connection is counted from its opening until its transport is gone, also after it has become a websocket. Our own
proxies and whoever comes by a Unix socket count in all alone: behind them is everybody.
"""

from __future__ import annotations

from collections import Counter
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from uvicorn.server import ServerState

from common.networks import networks_of

from .forwarded import UNIX, is_proxy

WIDE = 3  # a /24 or a /48 may have so many times what one network in it may: four of them do not fill a process


class Crowd:
    """The open connections of one server, by whom they belong to."""

    _of: WeakKeyDictionary[ServerState, Crowd] = WeakKeyDictionary()

    def __init__(self) -> None:
        self.inside: dict[Any, tuple[str, ...]] = {}  # networks by transport
        self.counts: Counter[str] = Counter()

    @classmethod
    def of(cls, state: ServerState) -> Crowd:
        """Return the one crowd of a server."""
        return cls._of.setdefault(state, cls())

    def enter(self, transport: Any, peer: str) -> bool:
        """Count a connection from an IP address, or from UNIX; say False, and count nothing, where it is too many."""
        most = _limits(peer)
        if len(self.inside) >= settings.CONNECTIONS or any(self.counts[name] >= limit for name, limit in most.items()):
            return False
        self.inside[transport] = tuple(most)
        self.counts.update(most.keys())
        return True

    def leave(self, transport: Any) -> None:
        """Give back what a connection was counted for; one that was not let in, or has left, gives back nothing."""
        for name in self.inside.pop(transport, ()):
            self.counts[name] -= 1
            if not self.counts[name]:
                del self.counts[name]


def _limits(peer: str) -> dict[str, int]:
    if peer == UNIX or is_proxy(peer):
        return {}
    narrow, wide = networks_of(peer)
    most = settings.CONNECTIONS_PER_NETWORK
    return {f"network {narrow}": most, f"wide network {wide}": WIDE * most}
