"""The few ASGI words that the guard's parts share. Header names are lower-case bytes, as ASGI has them."""

from collections.abc import Awaitable, Callable
from typing import Any

Scope = dict[str, Any]
Message = dict[str, Any]
Headers = list[tuple[bytes, bytes]]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Untaken = Callable[..., None]

# What a scope has where the server can be told how many bytes of what the client does not take yet may be held for it;
# without a number as many as always.
UNTAKEN = "citrate.untaken"


def header(headers: Headers, name: bytes) -> bytes:
    """Return the first value of a header, or an empty string."""
    return next((value for key, value in headers if key == name), b"")


def without(headers: Headers, *names: bytes) -> Headers:
    """Return the headers but for those named."""
    return [(key, value) for key, value in headers if key not in names]


async def answer(send: Send, status: int, headers: Headers, body: bytes) -> None:
    """Send one whole answer."""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
