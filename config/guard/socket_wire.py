"""Bounds what a websocket may cost beside its messages, and says no to a handshake as to any other request.

uvicorn answers each ping at once, also where nobody reads the pongs, waits for ever where a handshake is none, and
says no without the headers that every answer of ours has.
"""

from __future__ import annotations

import time
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.datastructures import Headers
from websockets.frames import CloseCode, Frame
from websockets.http11 import Response
from websockets.server import ServerProtocol

from .crowd import Crowd
from .limits import Limits
from .refusals import FAILED, MALFORMED, NOT_LET_IN, refusal_of

LIMITS = Limits()
REFUSALS = {refusal.status: refusal for refusal in (NOT_LET_IN, FAILED)}


class Handshake(ServerProtocol):
    """The protocol, whose refusals look like all others."""

    def reject(self, status: Any, text: str) -> Response:
        """Return the answer that says no. Why, in the words of a library, is for nobody."""
        refusal = REFUSALS.get(int(status), MALFORMED)
        headers, body = refusal_of(refusal, is_page=False)
        told = Headers([(name.decode(), value.decode()) for name, value in headers])
        return Response(refusal.status, "", told, body)


class BoundedSocket(WebSocketsSansIOProtocol):
    """One websocket: ``uvicorn --ws config.guard.socket_wire:BoundedSocket``, which ``config.serve`` says for you."""

    def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, Any]) -> None:
        super().__init__(config, server_state, app_state)
        self.crowd = Crowd.of(server_state)
        made = self.conn
        self.conn = Handshake(
            extensions=made.available_extensions, max_size=self.config.ws_max_size, logger=made.logger
        )
        self.small: list[float] = []  # when there was what is no message: pings, and pieces of messages

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave the crowd: the connection has been counted since before it was a websocket."""
        self.crowd.leave(self.transport)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.handshake_exc and not self.handshake_complete:
            self.transport.write(self.conn.reject(MALFORMED.status, "").serialize())
            self.close_sent = self.handshake_complete = True
            self.transport.close()

    def handle_ping(self) -> None:
        """Answer, unless the answers before are not read."""
        pongs = b"".join(self.conn.data_to_send())
        if self.writable.is_set() and not self._floods():
            self.transport.write(pongs)

    def handle_cont(self, event: Frame) -> None:
        if not self._floods():
            super().handle_cont(event)

    def _floods(self) -> bool:
        """Count one more small frame, and end the socket where there are too many."""
        if self.close_sent:
            return True
        now = time.monotonic()
        self.small = [*(at for at in self.small if at > now - LIMITS.frame_seconds), now]
        if len(self.small) <= LIMITS.small_frames:
            return False
        self.conn.fail(CloseCode.POLICY_VIOLATION, "too many frames")
        self.handle_parser_exception()
        return True
