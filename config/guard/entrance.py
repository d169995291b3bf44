"""The outermost step: gives each request its id, takes out what can deceive, and writes one line about it."""

import re
import time
import uuid
from urllib.parse import quote

import structlog
from django.conf import settings

from common import logs

from .hosts import is_allowed
from .protocol import App, Headers, Message, Receive, Scope, Send, header, without
from .refusals import (
    FAILED,
    FOREIGN_HOST,
    MALFORMED,
    TOO_MANY_PARAMETERS,
    UNKNOWN_METHOD,
    Refusal,
    guarded,
    refuse,
)

REQUEST_ID = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
SINGULAR = {b"host", b"content-length", b"content-type", b"authorization", b"cookie", b"transfer-encoding", b"origin"}
ASCII = bytes(range(128))
METHODS = frozenset(UNKNOWN_METHOD.allow.split(", "))
CLIENT_LEFT = 499  # nginx's word for it


class Entrance:
    """ASGI middleware for every HTTP request, whichever way it goes on."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        visit = Visit(scope, send)
        with structlog.contextvars.bound_contextvars(request_id=visit.id.decode()):
            async with visit:
                if refusal := refusal_for(scope):
                    await refuse(refusal, scope, visit.send)
                else:
                    await self.app(_cleaned(scope, visit.id), receive, visit.send)


class Visit:
    """One request on its way: its id, and what the line about it will say. Leaving it writes the line."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.started = time.perf_counter()
        self.id = request_id(scope["headers"])
        self.status, self.has_begun = CLIENT_LEFT, False
        self._line = {"method": scope["method"], "path": scope["path"]}
        self._scope, self._send = scope, send

    async def __aenter__(self) -> None:
        """Begin."""

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        # Only what broke is answered: who was cancelled has left, and hears nothing.
        try:
            if isinstance(error, Exception):
                await self._fail()
        finally:
            self._log()

    async def send(self, message: Message) -> None:
        """Pass on a message of the answer, with the id in its headers."""
        if message["type"] == "http.response.start":
            self.status, self.has_begun = message["status"], True
            if cache := header(message["headers"], b"cache-status"):
                self._line["cache"] = cache.decode()
            message = {**message, "headers": [*guarded(message["headers"]), (b"x-request-id", self.id)]}
        await self._send(message)

    async def _fail(self) -> None:
        """Answer that something broke, unless part of an answer has gone out; then the server hangs up."""
        if not self.has_begun:
            await refuse(FAILED, self._scope, self.send)
        self.status = FAILED.status

    def _log(self) -> None:
        """Write the line."""
        took = round((time.perf_counter() - self.started) * 1000, 1)
        logs.access(request_id=self.id.decode(), status=self.status, ms=took, **self._line)


def refusal_for(scope: Scope) -> Refusal | None:
    """Return why a request goes no further than this, if it does not."""
    if is_deceptive(scope):
        return MALFORMED
    if not is_allowed(scope):
        return FOREIGN_HOST
    if scope["method"] not in METHODS:
        return UNKNOWN_METHOD
    most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS or 0
    return TOO_MANY_PARAMETERS if scope["query_string"].count(b"&") >= most > 0 else None


def is_deceptive(scope: Scope) -> bool:
    """Say whether two readers could understand this request differently, or PostgreSQL could not store its text."""
    names = [name for name, _ in scope["headers"] if name in SINGULAR]
    if len(names) != len(set(names)) or "\0" in scope["path"] or b"%00" in scope["query_string"]:
        return True
    coding = header(scope["headers"], b"transfer-encoding").lower()
    return bool(coding) and (coding != b"chunked" or scope["http_version"] == "1.0")


def request_id(headers: Headers) -> bytes:
    """Return the id that a proxy in front gave, if it looks like one; else a new one."""
    given = header(headers, b"x-request-id")
    return given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex.encode()


def _cleaned(scope: Scope, own: bytes) -> Scope:
    """Return the scope without header names that WSGI confuses (``x_id`` becomes the same key as ``x-id``)."""
    kept = [pair for pair in without(scope["headers"], b"x-request-id") if b"_" not in pair[0]]
    query = quote(scope["query_string"], safe=ASCII).encode()  # a2wsgi fails on other bytes
    return {**scope, "headers": [*kept, (b"x-request-id", own)], "query_string": query}
