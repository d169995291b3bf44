"""Bounds what one answer of an engine may be on the wire: its head, and what is said before it, and all of it.

A server may announce without end that an answer will come (``102 Processing``), or comment on each chunk of it. Each is
read by the loop that serves all streams, and none of it is text that a deadline or the bound of an answer would see.
"""

from __future__ import annotations

from typing import Any

from aiohttp.client_proto import ResponseHandler

MOST_HEAD = 65_536  # bytes until the headers of the answer have ended
MOST = 32_000_000  # bytes of all: an answer is at most 4 MB, and may come in chunks of one byte


class BoundedHandler(ResponseHandler):
    """Reads one answer, and leaves a server that says more than an answer can be."""

    _heard = 0
    _begun = False

    def data_received(self, data: bytes) -> None:
        """Read what came, as far as it may be."""
        self._heard += len(data)
        if not self._begun and self._heard > MOST_HEAD:
            # What is beyond is read only if the head has ended before it.
            kept = max(0, len(data) - (self._heard - MOST_HEAD))
            super().data_received(data[:kept])
            data = data[kept:]
            if not self._begun:
                self._leave()
                return
        if self._heard > MOST:
            self._leave()
            return
        super().data_received(data)

    def feed_data(self, data: Any, size: int = 0) -> None:
        """Take a head that was read: one that announces another is none."""
        self._begun = self._begun or data[0].code >= 200
        super().feed_data(data, size)

    def _leave(self) -> None:
        if self.transport is not None:
            self.transport.abort()
