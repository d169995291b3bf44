"""The outermost step: gives each request its id, takes out what can deceive, and writes one line about it."""

import re
import time
import uuid
from urllib.parse import quote

import structlog

from .protocol import App, Headers, Message, Receive, Scope, Send, header, without
from .refusals import MALFORMED, refuse

log = structlog.get_logger("web")

REQUEST_ID = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
SINGULAR = {b"host", b"content-length", b"content-type", b"authorization", b"cookie", b"transfer-encoding", b"origin"}
ASCII = bytes(range(128))


class Entrance:
    """ASGI middleware for every HTTP request, whichever way it goes on."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        request_id = _request_id(scope["headers"])
        status, cache = 500, b""

        async def named_send(message: Message) -> None:
            nonlocal status, cache
            if message["type"] == "http.response.start":
                status, cache = message["status"], header(message["headers"], b"cache-status")
                message = {**message, "headers": [*message["headers"], (b"x-request-id", request_id)]}
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id.decode()):
            try:
                await self._pass_on(_cleaned(scope, request_id), receive, named_send)
            finally:
                took = round((time.perf_counter() - started) * 1000, 1)
                line = {"method": scope["method"], "path": scope["path"], "status": status, "ms": took}
                log.info("request", **line, **({"cache": cache.decode()} if cache else {}))

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        if is_deceptive(scope):
            await refuse(MALFORMED, scope, send)
        else:
            await self.app(scope, receive, send)


def is_deceptive(scope: Scope) -> bool:
    """Say whether two readers could understand this request differently, or PostgreSQL could not store its text."""
    names = [name for name, _ in scope["headers"] if name in SINGULAR]
    return len(names) != len(set(names)) or "\0" in scope["path"] or b"%00" in scope["query_string"]


def _request_id(headers: Headers) -> bytes:
    """Return the id that a proxy in front gave, if it looks like one; else a new one."""
    given = header(headers, b"x-request-id")
    return given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex.encode()


def _cleaned(scope: Scope, request_id: bytes) -> Scope:
    """Return the scope without header names that WSGI confuses (``x_id`` becomes the same key as ``x-id``)."""
    kept = [pair for pair in without(scope["headers"], b"x-request-id") if b"_" not in pair[0]]
    query = quote(scope["query_string"], safe=ASCII).encode()  # a2wsgi fails on other bytes
    return {**scope, "headers": [*kept, (b"x-request-id", request_id)], "query_string": query}
