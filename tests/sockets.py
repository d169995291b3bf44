"""Sockets at the whole site, opened as a browser does."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.db import connections
from django.test import Client as Browser

from accounts.models import User
from config.asgi import site

ORIGIN = b"http://localhost"


def cookie_of(user: User) -> bytes:
    """Return the cookie of a browser in which the user is signed in."""
    browser = Browser()
    browser.force_login(user)
    return cookie_in(browser)


def cookie_in(browser: Browser) -> bytes:
    """Return a browser's cookie of its session."""
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={browser.cookies[name].value}".encode()


@asynccontextmanager
async def opened(
    path: str, cookie: bytes = b"", origin: bytes = ORIGIN, client: str = "127.0.0.1"
) -> AsyncIterator[ApplicationCommunicator]:
    """Open a socket at the whole site, as a browser does."""
    headers = [(b"host", b"localhost"), (b"origin", origin), (b"cookie", cookie)]
    scope = {"type": "websocket", "scheme": "ws", "path": path, "query_string": b"", "headers": headers}
    socket = ApplicationCommunicator(site, {**scope, "subprotocols": [], "client": (client, 1)})
    await socket.send_input({"type": "websocket.connect"})
    try:
        yield socket
    finally:
        await socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await socket.wait(5)


async def heard(socket: ApplicationCommunicator) -> dict[str, Any]:
    """Return what the socket says next, or how it was closed."""
    message = await socket.receive_output(5)
    if message["type"] == "websocket.accept":
        return await heard(socket)
    return json.loads(message["text"]) if "text" in message else {"closed": message["code"]}


async def do(work: Callable[..., Any], *args: Any, **given: Any) -> Any:
    """Run what asks the database in a thread of its own."""

    def alone() -> Any:
        try:
            return work(*args, **given)
        finally:
            connections.close_all()

    return await sync_to_async(alone, thread_sensitive=False)()
