"""Takes away the codings that a client refuses (``gzip;q=0``): whoever chooses one of them looks for its name alone."""

import re

from .protocol import App, Receive, Scope, Send

NAME = b"accept-encoding"
REFUSED = re.compile(rb"[^\s;]+\s*;\s*q=0(?:\.0{0,3})?", re.IGNORECASE)  # RFC 9110, 12.4.2: a weight of nothing


class Codings:
    """ASGI middleware for requests, before all that keeps or compresses pages."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if any(name == NAME and b";" in value for name, value in scope["headers"]):
            headers = [(name, taken(value) if name == NAME else value) for name, value in scope["headers"]]
            scope = {**scope, "headers": headers}
        await self.app(scope, receive, send)


def taken(sent: bytes) -> bytes:
    """Return the codings that a client takes of those that it names."""
    named = [each.strip() for each in sent.split(b",")]
    return b", ".join(each for each in named if not REFUSED.fullmatch(each))
