"""Lets programs of this machine in, and no web page: stands in front of what listens on a port.

A page that a browser shows can send requests to the loopback, and by DNS rebinding (its own name, suddenly answered
with 127.0.0.1) it can read what comes back. Two things give it away: the name that it uses for this machine, and the
Origin that browsers write on every POST. A browser's extension is no page: its owner has given it this right.

Standard library only: the engines' environment has none of our packages.
"""

import hmac
import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

OWN_NAME = re.compile(rb"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)
EXTENSION = re.compile(rb"(chrome|moz|safari-web)-extension://[^/]+")


@dataclass(frozen=True)
class Refusal:
    """Why a request does not get in: HTTP's status and a sentence."""

    status: int
    sentence: str


@dataclass(frozen=True)
class OwnMachine:
    """Passes on to ``application`` what comes from a program here that knows the ``key``, if there is one."""

    application: Application
    key: str = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request of ASGI; only HTTP and the server's own start and end get through."""
        if scope["type"] == "lifespan":
            await self.application(scope, receive, send)
        elif scope["type"] != "http":
            raise ValueError(f"Nothing is served here over {scope['type']}.")
        elif refusal := self.refusal(scope):
            await refuse(send, refusal)
        else:
            await self.application(scope, receive, send)

    def refusal(self, scope: Scope) -> Refusal | None:
        """Return why a request does not get in, or None."""
        headers = scope["headers"]
        if not _is_own_name(values(headers, b"host")):
            return Refusal(421, "This is served to this machine under its own name alone.")
        if not all(map(EXTENSION.fullmatch, values(headers, b"origin"))):
            return Refusal(403, "Web pages are not served here.")
        if self.key and not self._is_known(values(headers, b"authorization")):
            return Refusal(401, "This needs its key, as a bearer token.")
        return None

    def _is_known(self, found: list[bytes]) -> bool:
        return len(found) == 1 and hmac.compare_digest(found[0], b"Bearer " + self.key.encode())


def _is_own_name(hosts: list[bytes]) -> bool:
    return len(hosts) == 1 and OWN_NAME.fullmatch(hosts[0]) is not None


def values(headers: list[tuple[bytes, bytes]], name: bytes) -> list[bytes]:
    """Return each value of a header, whose ``name`` is in lower case."""
    return [value for key, value in headers if key.lower() == name]


async def refuse(send: Send, refusal: Refusal) -> None:
    """Answer a refusal, as JSON."""
    body = json.dumps({"error": {"message": refusal.sentence, "type": "invalid_request_error"}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
