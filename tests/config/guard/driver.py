"""Drives an ASGI application by hand: the client's messages in, the server's messages out."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any

from config.guard.protocol import App, Headers, Message, Scope
from tests.waiting import take_in_loop

HOST = (b"host", b"localhost")


@dataclass
class Answer:
    """What the client got, message by message."""

    messages: list[Message] = field(default_factory=list)

    async def send(self, message: Message) -> None:
        self.messages.append(message)

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"])

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.messages[0]["headers"]}

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages[1:])

    @property
    def problem(self) -> dict[str, Any]:
        assert self.headers["content-type"] == "application/problem+json"
        return dict(json.loads(self.body))


def http(method: str = "GET", path: str = "/", headers: Iterable[tuple[bytes, bytes]] = (), **more: Any) -> Scope:
    """Return the scope of a request; ``host`` stands in it unless ``headers`` bring one."""
    own: Headers = list(headers)
    if all(name != b"host" for name, _ in own):
        own.insert(0, HOST)
    path, _, query = path.partition("?")
    return {
        "type": "http",
        "method": method,
        "scheme": "http",
        "http_version": "1.1",
        "path": path,
        "query_string": query.encode("latin1"),
        "headers": own,
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 80),
        **more,
    }


class Client:
    """The client's side: sends the chunks with a pause before each, then waits, or leaves if ``leaves``."""

    def __init__(self, chunks: Iterable[bytes] = (b"",), *, pause: float = 0, leaves: bool = False) -> None:
        self.pause = pause
        self.leaves = leaves
        self.taken = 0  # chunks that the server has asked for
        self._messages = self._talk(list(chunks))

    async def receive(self) -> Message:
        return await anext(self._messages)

    async def _talk(self, chunks: list[bytes]) -> AsyncIterator[Message]:
        for left, chunk in zip(reversed(range(len(chunks))), chunks, strict=True):
            await take_in_loop(self.pause)
            self.taken += 1
            yield {"type": "http.request", "body": chunk, "more_body": self.leaves or left > 0}
        if not self.leaves:
            await asyncio.Event().wait()
        yield {"type": "http.disconnect"}


async def ask(app: App, scope: Scope | None = None, client: Client | None = None) -> Answer:
    """Make one request and return the answer."""
    answer = Answer()
    await app(scope or http(), (client or Client()).receive, answer.send)
    return answer


def replying(body: bytes = b"hello", status: int = 200, headers: Iterable[tuple[bytes, bytes]] = ()) -> App:
    """Return an application that always gives the same answer."""

    async def app(scope: Scope, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        await send({"type": "http.response.body", "body": body})

    return app
