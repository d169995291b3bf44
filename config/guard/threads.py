"""Runs a WSGI application in threads, behind ``BodyFirst``: the body is there when a thread begins.

What a thread has made crosses over to the event loop at once, where a2wsgi's own middleware crosses three times for
each answer and waits each time, at more CPU than many a page. Only a long answer goes in parts.

A thread has a context of its own, which stays: in a copy of the event loop's for each request Django would make its
cache again, with a connection to Redis.
"""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any, cast
from wsgiref.types import WSGIApplication

from a2wsgi.wsgi import build_environ

from .protocol import Message, Receive, Scope, Send

HELD = 64 * 1024  # bytes of an answer from which on it goes in parts


class Threads:
    """ASGI application."""

    def __init__(self, app: WSGIApplication, workers: int, begin: Callable[[], None] | None = None) -> None:
        """Run ``app`` in so many threads; each of them begins with ``begin``."""
        self._app = app
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="WSGI", initializer=begin)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        message, loop = await receive(), asyncio.get_running_loop()
        environ: Any = build_environ(cast(Any, scope), cast(Any, BytesIO(message.get("body", b""))))
        work = Work(loop, send)
        self._pool.submit(work.do, self._app, environ)
        for message in await work.done:
            await send(message)


class Work:
    """One answer while it is made."""

    def __init__(self, loop: asyncio.AbstractEventLoop, send: Send) -> None:
        self.done: asyncio.Future[list[Message]] = loop.create_future()  # what has not been sent by then
        self._loop = loop
        self._send = send
        self._start: list[Message] = []
        self._held = bytearray()

    def do(self, app: WSGIApplication, environ: dict[str, Any]) -> None:
        """Make an answer. Runs in a thread; asyncio's own way of waiting for one costs as much as a page's queries."""
        try:
            made, error = self._make(app, environ), None
        except BaseException as raised:
            made, error = [], raised
        self._loop.call_soon_threadsafe(self._settle, made, error)

    def _settle(self, made: list[Message], error: BaseException | None) -> None:
        if self.done.done():
            return  # nobody waits any more
        if error:
            self.done.set_exception(error)
        else:
            self.done.set_result(made)

    def _make(self, app: WSGIApplication, environ: dict[str, Any]) -> list[Message]:
        """Return what of an answer has not been sent yet."""
        parts = app(environ, self._take_start)
        try:
            for part in parts:
                self._take(part)
            return self._messages(more=False)
        finally:
            if close := getattr(parts, "close", None):
                close()

    def _take_start(self, status: str, headers: Iterable[tuple[str, str]], exc_info: Any = None) -> Callable[..., None]:
        pairs = [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in headers]
        self._start = [{"type": "http.response.start", "status": int(status[:3]), "headers": pairs}]
        return self._take

    def _take(self, part: bytes) -> None:
        self._held += part
        if len(self._held) >= HELD:
            asyncio.run_coroutine_threadsafe(self._send_all(self._messages(more=True)), self._loop).result()

    def _messages(self, *, more: bool) -> list[Message]:
        messages = [*self._start, {"type": "http.response.body", "body": bytes(self._held), "more_body": more}]
        self._start, self._held = [], bytearray()
        return messages

    async def _send_all(self, messages: list[Message]) -> None:
        for message in messages:
            await self._send(message)
