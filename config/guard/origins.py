"""Who may open a websocket: our own pages. Browsers send Origin with every handshake and cannot forge it."""

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from .protocol import App, Receive, Scope, Send

SCHEMES = {"ws": "http", "wss": "https"}
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
    """Say whether there is exactly one Origin, and it is the allowed host asked for or one that settings trust."""
    origins, hosts = (
        [value.decode("latin1") for key, value in scope["headers"] if key == name] for name in (b"origin", b"host")
    )
    if len(origins) != 1 or len(hosts) != 1:
        return False
    same = origins[0] == f"{SCHEMES[scope['scheme']]}://{hosts[0]}"
    allowed = validate_host(split_domain_port(hosts[0])[0], settings.ALLOWED_HOSTS)
    return (same and allowed) or origins[0] in settings.CSRF_TRUSTED_ORIGINS


async def close_unknown(scope: Scope, receive: Receive, send: Send) -> None:
    """Close a websocket at an address where nothing is."""
    await send({"type": "websocket.close", "code": UNKNOWN_ADDRESS, "reason": "unknown address"})
