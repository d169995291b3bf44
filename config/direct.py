"""The door of ``/v1``: its views without what makes pages, and nothing between an answer and who reads it.

Django's own handler starts threads for each request, for receivers of signals that this has no use for, and its
middleware is made for pages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from contextlib import AsyncExitStack, suppress
from http import HTTPStatus
from io import BytesIO
from typing import Any, cast

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponseBase
from django.urls import Resolver404, resolve

from inference.gateway.errors import ProtocolError
from inference.gateway.responses import EventStream
from inference.gateway.views import api_unknown

from .guard import App, Gate, Limits, Receive, Scope, Send
from .guard.refusals import BUSY, refuse

URLS = "inference.gateway.urls"


class Views:
    """ASGI application: answers by the views of one set of addresses, which are all asynchronous and raise nothing.

    Where the client leaves, the view or what it sends is cancelled at once.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body: bytes = (await receive()).get("body", b"")  # whole: ``BodyFirst`` stands before
        answering = asyncio.create_task(_answer(scope, body, send))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            if not answering.done():
                answering.cancel()
            # A transport that is gone, or stalls, is a client that left: what was sent is journaled.
            with suppress(asyncio.CancelledError, OSError):
                await answering


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _answer(scope: Scope, body: bytes, send: Send) -> None:
    response = await _response(scope, body)
    try:
        if isinstance(response, EventStream):
            await response.send(send)
        else:
            await _send_whole(response, scope, send)
    finally:
        response.close()


async def _response(scope: Scope, body: bytes) -> HttpResponseBase:
    try:
        request = ASGIRequest(scope, BytesIO(body))
    except UnicodeDecodeError:
        return ProtocolError("The address is no text.", status=HTTPStatus.BAD_REQUEST).response()
    try:
        match = resolve(request.path_info, URLS)
    except Resolver404:  # no address of ours holds the end of a line
        return cast(HttpResponseBase, await cast(Any, api_unknown)(request))
    request.resolver_match = match
    view: Any = match.func
    response: HttpResponseBase = await view(request, *match.args, **match.kwargs)
    return response


async def _send_whole(response: Any, scope: Scope, send: Send) -> None:
    content: bytes = response.content
    headers = [(name.lower().encode("ascii"), value.encode("latin1")) for name, value in response.items()]
    headers.append((b"content-length", b"%d" % len(content)))
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else content})


class Direct(Gate):
    """ASGI middleware: as ``Gate``, with a seat for as long as the client reads, and no box for what it has not read.

    What is sent waits for who reads it, as long as ``stall_seconds`` allows.
    """

    def __init__(self, app: App, seats: int, limits: Limits) -> None:
        super().__init__(app, seats, limits)
        self._stall = limits.stall_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def patient(message: Any) -> None:
            sending = cast(Coroutine[Any, Any, None], send(message))
            try:
                waits = sending.send(None)
            except StopIteration:
                return  # nearly always, and a timer would cost more than what it is for
            async with asyncio.timeout(self._stall):
                await _Begun(sending, waits)

        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self.seat())
            except TimeoutError:
                await refuse(BUSY, scope, send)
                return
            await self.app(scope, receive, patient)


class _Begun(Generator[Any, Any, None]):
    """What goes on of a coroutine that was begun, and waits for something: awaiting it waits for that first."""

    def __init__(self, begun: Coroutine[Any, Any, None], waits: Any) -> None:
        self._begun, self._first = begun, [waits]

    def __await__(self) -> Generator[Any, Any, None]:
        return self

    def send(self, told: Any) -> Any:
        """Hand over what was waited for, and return what is waited for next."""
        return self._first.pop() if self._first else self._begun.send(told)

    def throw(self, *raised: Any) -> Any:
        """Let what was waited for fail: a timeout ends the sending so."""
        self._first.clear()
        return self._begun.throw(*raised)
