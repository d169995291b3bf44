"""Connections to engines: those of ours are kept open; what one answer may be on the wire is bounded.

A server may announce without end that an answer will come (``102 Processing``), or comment on each chunk of it. Each is
read by the loop that serves all streams, and none of it is text that a deadline or the bound of an answer would see.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from functools import lru_cache, partial
from ssl import SSLContext, create_default_context
from types import SimpleNamespace
from typing import Any, cast

import certifi
from aiohttp import (
    ClientOSError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    ServerDisconnectedError,
    TCPConnector,
    TraceConfig,
)
from aiohttp.client_proto import ResponseHandler

STREAM_TIMEOUT = ClientTimeout(total=None, sock_connect=2)
MOST_HEADER = 32_768  # bytes of one
IDLE = 2.0  # seconds that a connection to an engine of ours is kept: less than any server keeps it
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

    def set_response_params(self, **given: Any) -> None:
        """Read the next answer on a connection that was kept: it is bounded by itself."""
        self._heard, self._begun = 0, False
        super().set_response_params(**given)

    def feed_data(self, data: Any, size: int = 0) -> None:
        """Take a head that was read: one that announces another is none."""
        self._begun = self._begun or data[0].code >= 200
        super().feed_data(data, size)

    def _leave(self) -> None:
        if self.transport is not None:
            self.transport.abort()


@lru_cache
def _certificates(authorities: str) -> SSLContext:
    return create_default_context(cafile=authorities)


def session(*, keeps: float = 0.0) -> ClientSession:
    """Return what asks engines: with no cookies, no proxies, and nothing decompressed.

    ``keeps`` is how many seconds a connection is kept after an answer that was read to its end, none where it is zero.
    """
    own: dict[str, Any] = {"keepalive_timeout": keeps} if keeps else {"force_close": True}
    connector = TCPConnector(ssl=_certificates(certifi.where()), limit=0, **own)
    connector._factory = cast(Any, partial(BoundedHandler, loop=connector._loop))
    return ClientSession(
        connector=connector,
        cookie_jar=DummyCookieJar(),
        timeout=STREAM_TIMEOUT,
        auto_decompress=False,
        max_line_size=MOST_HEADER,
        max_field_size=MOST_HEADER,
        trace_configs=[_noting_reuse()] if keeps else [],
    )


def _noting_reuse() -> TraceConfig:
    async def note(_session: ClientSession, context: SimpleNamespace, _params: Any) -> None:
        context.trace_request_ctx.is_old = True

    config = TraceConfig()
    config.on_connection_reuseconn.append(note)
    return config


async def post(kept: ClientSession, url: Any, **given: Any) -> ClientResponse:
    """Ask over a connection that may have been kept; over another one where it was closed at this very moment.

    Only for engines of ours: one that had begun to write when its connection broke writes for nobody, and stops.
    """
    while True:
        used = SimpleNamespace(is_old=False)
        try:
            return await kept.post(url, trace_request_ctx=used, **given)
        except (ServerDisconnectedError, ClientOSError):
            if not used.is_old:  # each that was kept is taken once
                raise


_kept: dict[asyncio.AbstractEventLoop, tuple[AsyncGenerator[ClientSession], ClientSession]] = {}


async def kept_session() -> ClientSession:
    """Return what asks engines of ours, one for each loop, which is closed with it."""
    loop = asyncio.get_running_loop()
    if found := _kept.get(loop):
        return found[1]
    keeper = _keeper(loop)
    made = await anext(keeper)
    _kept[loop] = keeper, made
    return made


async def _keeper(loop: asyncio.AbstractEventLoop) -> AsyncGenerator[ClientSession]:
    """Keep a session until the loop shuts its generators down, which is the last that it does."""
    async with session(keeps=IDLE) as made:
        try:
            yield made
        finally:
            _kept.pop(loop, None)
