"""Reads the whole body before anything behind it runs, so that a slow client holds a coroutine and never a thread."""

import asyncio

from .limits import Limits
from .protocol import App, Message, Receive, Scope, Send, header, without
from .refusals import BUSY, MALFORMED, TOO_LARGE, TOO_SLOW, RefusedError, refuse


class DisconnectedError(Exception):
    """The client left before its request was complete."""


class BodyFirst:
    """ASGI middleware: the application gets the body in one message, with its true Content-Length."""

    def __init__(self, app: App, limits: Limits) -> None:
        self.app = app
        self.limits = limits
        self.held = 0  # bytes of all bodies in flight

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = bytearray()
        try:
            await self._read(scope, receive, body)
        except RefusedError as error:
            await refuse(error.refusal, scope, send)
        except DisconnectedError:
            return
        else:
            await self.app(_with_length(scope, len(body)), _replay(bytes(body), receive), send)
        finally:
            self.held -= len(body)

    async def _read(self, scope: Scope, receive: Receive, body: bytearray) -> None:
        """Fill ``body``; raise RefusedError or DisconnectedError where that cannot be."""
        length = header(scope["headers"], b"content-length")
        self._check_announced_length(length or b"0")
        if scope["method"] == "GET" and not length and not header(scope["headers"], b"transfer-encoding"):
            await self._read_chunk(receive, body)  # there is none, so nothing to wait for (RFC 9112, 6.3)
            return
        try:
            async with asyncio.timeout(self.limits.body_seconds):
                while await self._read_chunk(receive, body):
                    pass
        except TimeoutError as error:
            raise RefusedError(TOO_SLOW) from error

    def _check_announced_length(self, length: bytes) -> None:
        if not length.isdigit():
            raise RefusedError(MALFORMED)
        if len(length) > 18 or int(length) > self.limits.body_bytes:
            raise RefusedError(TOO_LARGE)

    async def _read_chunk(self, receive: Receive, body: bytearray) -> bool:
        """Append what has arrived; return whether more is to come."""
        message = await receive()
        if message["type"] == "http.disconnect":
            raise DisconnectedError
        chunk = message.get("body", b"")
        body += chunk
        self.held += len(chunk)
        if len(body) > self.limits.body_bytes:
            raise RefusedError(TOO_LARGE)
        if self.held > self.limits.bodies_bytes:
            raise RefusedError(BUSY)
        return bool(message.get("more_body", False))


def _with_length(scope: Scope, length: int) -> Scope:
    """Return the scope with the length that was read: WSGI takes a body without one for empty."""
    headers = without(scope["headers"], b"content-length", b"transfer-encoding")
    return {**scope, "headers": [*headers, (b"content-length", b"%d" % length)] if length else headers}


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a receive that gives the body once, then what the client does next."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return messages.pop() if messages else await receive()

    return replayed
