"""Answers that are sent piece by piece, and the door through which Django sends them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from django.http import StreamingHttpResponse

Source = AsyncGenerator[Any]


class EventStream(StreamingHttpResponse):
    """A stream of server-sent events.

    ``source`` is what the pieces are made of. Who stops sending has to close both at once, since that is what ends a
    generation that nobody hears: closing a generator that has not begun closes nothing below it.
    """

    def __init__(self, pieces: AsyncGenerator[bytes], source: Source | None, headers: dict[str, str]) -> None:
        fixed = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Content-Encoding": "identity"}
        kind: dict[str, Any] = {"content_type": "text/event-stream; charset=utf-8"}
        super().__init__(pieces, headers={**fixed, **headers}, **kind)
        self.pieces, self.source = pieces, source

    async def send(self, send: Any) -> None:
        """Send it as ASGI has it; each piece has left before the next is asked for."""
        raw = [(name.lower().encode("ascii"), value.encode("latin1")) for name, value in self.items()]
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": raw})
            async with aclosing(self.pieces) as pieces:
                async for piece in pieces:
                    if piece:
                        await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body"})
        finally:
            if self.source:
                await self.source.aclose()
