"""Bounds what a connection may cost before there is a request, and after: bytes and time of its headers and its end.

uvicorn reads headers without a limit of either, and lets everybody in. Here connections are counted (``crowd``), bytes
too as they come, whether a line ends or not, and one look at all connections every two seconds finds those that take
too long. Websockets begin as requests, so their handshakes are bounded as well.
"""

from __future__ import annotations

import asyncio
import re
import socket
import time
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from .crowd import Crowd
from .forwarded import UNIX
from .limits import Limits
from .protocol import UNTAKEN, header
from .refusals import CROWDED, HEAD_TOO_LARGE, HEAD_TOO_SLOW, MALFORMED, PROGRAMS, Refusal, refusal_of

LIMITS = Limits()
LOOK_SECONDS = 2.0
FRAMING = 8  # bytes that a byte of a body may take in chunks: its size, two line ends, and some to spare
UNSENT = 16_384  # bytes that the system keeps of what the client does not take yet: more would count as delivered
FIELD = 4  # bytes of a header besides its name and its value


class BoundedProtocol(HttpToolsProtocol):
    """One connection: ``uvicorn --http config.guard.wire:BoundedProtocol``, which ``config.serve`` says for you."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        _bound_unsent(transport)
        self.head_since: float | None = time.monotonic()  # None while no head is awaited
        self.paused_since: float | None = None  # since when the client takes nothing
        self.is_refused = self.has_begun = self.has_ended = False
        self.is_in_head, self.received, self.body_bytes = True, 0, 0
        Lookout.of(self.server_state).begin(self.loop)
        self.crowd = Crowd.of(self.server_state)
        if not self.crowd.enter(transport, self.client[0] if self.client else UNIX):
            self.refuse(CROWDED)

    def connection_lost(self, exc: Exception | None) -> None:
        self.crowd.leave(self.transport)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.is_refused:
            return
        if self.head_since is None and self.is_in_head:
            self.head_since = time.monotonic()
        self.has_begun = self.has_ended = False
        super().data_received(data)
        if self.has_ended:
            self.received = 0
        else:
            self.received = len(data) + (0 if self.has_begun else self.received)
        if self.received > self._allowed():
            self.refuse(HEAD_TOO_LARGE if self.is_in_head else MALFORMED)

    def _allowed(self) -> int:
        """Return how many bytes the request may have by now: a body is the guard's to count, its framing is not."""
        return LIMITS.head_bytes if self.is_in_head else 2 * LIMITS.head_bytes + (1 + FRAMING) * self.body_bytes

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope[UNTAKEN] = partial(_bound_unsent, self.transport)  # type: ignore[literal-required]  # ours
        self.has_begun, self.body_bytes = True, 0

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.is_in_head:  # what comes after a body is no header, though the parser calls it one
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self.is_refused:
            return
        self.is_in_head, self.head_since = False, None
        size = len(self.url) + sum(len(name) + len(value) + FIELD for name, value in self.headers)
        if size > LIMITS.head_bytes or len(self.headers) > LIMITS.head_fields:
            self.refuse(HEAD_TOO_LARGE)
        elif not is_of_host(self.url, header(self.headers, b"host")):
            self.refuse(MALFORMED)
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self.body_bytes += len(body)
        if not self.is_refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self.is_in_head = self.has_ended = True
        if not self.is_refused:
            super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        if not self.is_refused:
            super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """Say what the guard says, and as it says it, of what is no HTTP."""
        self.refuse(MALFORMED)

    def refuse(self, refusal: Refusal) -> None:
        """Hang up, with an answer that says why unless another one is on its way."""
        if self.is_refused or self.transport.is_closing():
            return
        self.is_refused = True
        self._unset_keepalive_if_required()
        if self.cycle is None or not self.cycle.response_started or self.cycle.response_complete:
            headers, body = refusal_of(refusal, is_page=self._wants_page())
            lines = b"".join(b"%s: %s\r\n" % pair for pair in headers)
            self.transport.write(STATUS_LINE[refusal.status] + lines + b"\r\n" + body)
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True  # whoever still works at an answer says nothing into this one
            self.cycle.message_event.set()
        self.transport.close()

    def _wants_page(self) -> bool:
        url, headers = getattr(self, "url", b""), self.headers or []
        return b"text/html" in header(headers, b"accept") and not url.startswith(tuple(p.encode() for p in PROGRAMS))

    def pause_writing(self) -> None:
        self.paused_since = time.monotonic()
        super().pause_writing()

    def resume_writing(self) -> None:
        self.paused_since = None
        super().resume_writing()

    def look(self, now: float) -> None:
        """End what takes too long: a head that does not come whole, or an answer that is not read."""
        if self.paused_since is not None and now - self.paused_since > LIMITS.linger_seconds:
            self.transport.abort()
        elif self.head_since is not None and now - self.head_since > LIMITS.head_seconds:
            if self.received:
                self.refuse(HEAD_TOO_SLOW)
            else:
                self.transport.close()  # it was opened, as browsers do in advance, and not used


def is_of_host(target: bytes, host: bytes) -> bool:
    """Say whether a request's target names no other host than its Host does (RFC 9112, 3.2.2: the target's counts)."""
    if target.startswith(b"/") or b"://" not in target:
        return True
    scheme, _, rest = target.partition(b"://")
    return scheme.lower() in {b"http", b"https"} and re.split(rb"[/?#]", rest, maxsplit=1)[0].lower() == host.lower()


class Lookout:
    """Looks at all connections of a server, websockets too, for as long as there are any."""

    _of: WeakKeyDictionary[ServerState, Lookout] = WeakKeyDictionary()

    def __init__(self, state: ServerState) -> None:
        self.connections: set[Any] = state.connections
        self.is_looking = False
        self.closing: WeakKeyDictionary[Any, float] = WeakKeyDictionary()

    @classmethod
    def of(cls, state: ServerState) -> Lookout:
        """Return the one lookout of a server."""
        return cls._of.setdefault(state, cls(state))

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Look again and again, until no connection is left."""
        if not self.is_looking:
            self.is_looking = True
            loop.call_later(LOOK_SECONDS, self.look, loop)

    def look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Look once, and arrange for the next time."""
        now = time.monotonic()
        for each in tuple(self.connections):
            if each.transport.is_closing():
                self._hurry(each, now)
            elif isinstance(each, BoundedProtocol):
                each.look(now)
        self.is_looking = False
        if self.connections:
            self.begin(loop)

    def _hurry(self, connection: Any, now: float) -> None:
        """Cut off a client that does not read the end of an answer: until then, closing waits."""
        if now - self.closing.setdefault(connection, now) > LIMITS.linger_seconds:
            connection.transport.abort()


def _bound_unsent(transport: asyncio.Transport, most: int = UNSENT) -> None:
    """Let a client that reads nothing fill no more of the system's buffers, nor of ours, than what it may miss."""
    if transport.is_closing():
        return
    found = transport.get_extra_info("socket")
    if found is not None and found.family != socket.AF_UNIX:
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, most)
    transport.set_write_buffer_limits(high=most)
