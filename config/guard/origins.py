"""Who may open a websocket: our own pages. Browsers send Origin with every handshake and cannot forge it."""

from common import origins

from .hosts import is_allowed_host
from .protocol import App, Receive, Scope, Send

UNKNOWN_ADDRESS = 4404  # close code


class OwnOrigin:
    """ASGI middleware that refuses a handshake with a foreign or missing Origin (the client sees 403)."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if is_own(scope):
            await self.app(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 4403, "reason": "foreign origin"})


def is_own(scope: Scope) -> bool:
    """Say whether exactly one Origin is named and is ours, and exactly one Host and is allowed."""
    named, hosts = (
        [value.decode("latin1") for key, value in scope["headers"] if key == name] for name in (b"origin", b"host")
    )
    if len(named) != 1 or len(hosts) != 1:
        return False
    return origins.is_own(named[0]) and is_allowed_host(hosts[0])


async def close_unknown(scope: Scope, receive: Receive, send: Send) -> None:
    """Close a websocket at an address where nothing is."""
    await send({"type": "websocket.close", "code": UNKNOWN_ADDRESS, "reason": "unknown address"})
