"""Runs a WSGI application in threads, behind ``BodyFirst``: the body is there when a thread begins.

What a thread has made crosses over to the event loop at once, where a2wsgi's own middleware crosses three times for
each answer and waits each time, at more CPU than many a page. Only a long answer goes in parts, and a part of a file
crosses as what it is, unread.

A thread has a context of its own, which stays: in a copy of the event loop's for each request Django would make its
cache again, with a connection to Redis.
"""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from io import BytesIO
from typing import Any, ParamSpec, TypeVar, cast
from wsgiref.types import WSGIApplication

from a2wsgi.wsgi import build_environ

from common.slices import Slice

from .protocol import Message, Receive, Scope, Send
from .slices import SLICE

P = ParamSpec("P")
T = TypeVar("T")

HELD = 64 * 1024  # bytes of an answer from which on it goes in parts


class Threads:
    """ASGI application."""

    def __init__(self, app: WSGIApplication, workers: int, begin: Callable[[], None] | None = None) -> None:
        """Run ``app`` in so many threads; each of them begins with ``begin``."""
        self._app = app
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="WSGI", initializer=begin)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        environ: Any = build_environ(cast(Any, scope), cast(Any, BytesIO(message.get("body", b""))))
        work = Work(asyncio.get_running_loop(), send)
        for message in await self.run(work.make, self._app, environ):
            await send(message)

    def run(self, function: Callable[P, T], *given: P.args, **named: P.kwargs) -> asyncio.Future[T]:
        """Have a function run in one of the threads; asyncio's own way to do so costs as much as a page's queries."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        work = self._pool.submit(function, *given, **named)
        work.add_done_callback(lambda ended: loop.call_soon_threadsafe(_settle, done, ended))  # called in the thread
        return done


def _settle(done: asyncio.Future[Any], work: Future[Any]) -> None:
    """Settle ``done``, in its loop, as the work of the thread ended."""
    if done.done():  # nobody waits any more
        return
    if error := work.exception():
        done.set_exception(error)
    else:
        done.set_result(work.result())


class Work:
    """One answer while it is made."""

    def __init__(self, loop: asyncio.AbstractEventLoop, send: Send) -> None:
        self._loop = loop
        self._send = send
        self._start: list[Message] = []
        self._held = bytearray()

    def make(self, app: WSGIApplication, environ: dict[str, Any]) -> list[Message]:
        """Return what of an answer has not been sent yet."""
        parts = app(environ, self._take_start)
        try:
            if isinstance(parts, Slice):
                return [*self._start, {"type": SLICE, "slice": parts.taken()}]
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
