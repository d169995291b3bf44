"""Talks to the playground's socket as a browser does."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from asgiref.testing import ApplicationCommunicator

from config import asgi

OWN = b"http://localhost"
STORY = "Tell a long story about a lighthouse keeper."


class Socket:
    """One open socket."""

    def __init__(self, wire: Any) -> None:
        self.wire = wire

    async def ask(self, question: str = STORY) -> None:
        """Ask a question."""
        await self.say(json.dumps({"type": "ask", "messages": [{"role": "user", "content": question}]}))

    async def say(self, text: str) -> None:
        """Send anything."""
        await self.wire.send_input({"type": "websocket.receive", "text": text})

    async def hear(self, seconds: float = 90) -> dict[str, Any]:
        """Return the next message."""
        return dict(json.loads((await self.wire.receive_output(seconds))["text"]))

    async def texts(self, count: int) -> list[str]:
        """Return the next pieces of an answer."""
        pieces = [await self.hear() for _ in range(count)]
        assert {piece["type"] for piece in pieces} == {"text"}, pieces
        return [piece["text"] for piece in pieces]

    async def end(self) -> tuple[list[str], dict[str, Any]]:
        """Return the rest of an answer and the message that ends it."""
        pieces = []
        while (heard := await self.hear())["type"] == "text":
            pieces.append(heard["text"])
        return pieces, heard


def wire_to(listing: str, origin: bytes = OWN) -> ApplicationCommunicator:
    """Return a socket that has knocked, and has no answer yet."""
    headers = [(b"host", b"localhost"), (b"origin", origin)]
    scope = {"type": "websocket", "scheme": "ws", "path": f"/ws/playground/{listing}", "query_string": b""}
    return ApplicationCommunicator(asgi.sockets, {**scope, "headers": headers, "client": ("203.0.113.7", 50000)})


async def knock(wire: ApplicationCommunicator) -> str:
    """Ask to be let in, and return the type of the answer."""
    await wire.send_input({"type": "websocket.connect"})
    return str((await wire.receive_output(30))["type"])


@asynccontextmanager
async def opened(listing: str) -> AsyncIterator[Socket]:
    """Open a socket, hear its greeting, and leave it at the end."""
    wire = wire_to(listing)
    assert await knock(wire) == "websocket.accept"
    socket = Socket(wire)
    try:
        assert (await socket.hear())["type"] == "ready"
        yield socket
    finally:
        await wire.send_input({"type": "websocket.disconnect", "code": 1000})
        await wire.wait(30)
