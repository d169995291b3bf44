"""A client of tus that sends to the whole site, message by message."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterable
from typing import Any

from accounts.models import User
from config.asgi import site
from config.guard.protocol import Message
from tests.config.guard.driver import Answer, Client, ask, http
from tests.sockets import ORIGIN, cookie_of
from tests.waiting import take_in_loop

KIND = (b"content-type", b"application/offset+octet-stream")
MIB = 1024 * 1024


class Sender(Client):
    """The client's side, which may be asked again after it was not waited for."""

    async def receive(self) -> Message:
        await take_in_loop(self.pause)
        if not self.left:
            if self.leaves:
                return {"type": "http.disconnect"}
            await asyncio.Event().wait()
        chunk = self.left.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": self.leaves or bool(self.left)}

    def __init__(self, chunks: Iterable[bytes], *, pause: float = 0, leaves: bool = False) -> None:
        super().__init__((), pause=pause, leaves=leaves)
        self.left = list(chunks)


class Tus:
    """Somebody's browser. What it is told by keyword are headers, with underscores for dashes; None leaves one out."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.cookie = cookie_of(user)

    async def ask(
        self,
        method: str,
        path: str,
        body: bytes | Iterable[bytes] | None = None,
        *,
        leaves: bool = False,
        pause: float = 0,
        client: Client | None = None,
        **more: str | int | None,
    ) -> Answer:
        """Make one request: ``body`` in one message, or in several."""
        chunks = [body] if isinstance(body, bytes) else list(body or [b""])
        told: dict[str, Any] = {"tus_resumable": "1.0.0", "origin": ORIGIN.decode(), "cookie": self.cookie.decode()}
        if body is not None:
            told |= {"content_type": KIND[1].decode(), "content_length": sum(map(len, chunks))}
        told |= more
        headers = [
            (name.replace("_", "-").encode(), str(value).encode()) for name, value in told.items() if value is not None
        ]
        return await ask(site, http(method, path, headers), client or Sender(chunks, leaves=leaves, pause=pause))

    async def begin(self, size: int, body: bytes | None = None, path: str = "model.bin", **more: Any) -> Answer:
        """Begin an upload."""
        return await self.ask(
            "POST", "/uploads/", body, upload_length=size, **{"upload_metadata": metadata(path=path), **more}
        )

    async def begun(self, size: int, path: str = "model.bin") -> str:
        """Begin an upload and return its address."""
        answer = await self.begin(size, path=path)
        assert answer.status == 201, answer.body
        return answer.headers["location"]

    async def patch(self, place: str, offset: int, body: bytes | Iterable[bytes], **more: Any) -> Answer:
        """Go on with an upload."""
        return await self.ask("PATCH", place, body, upload_offset=offset, **more)

    async def offset(self, place: str) -> int:
        """Ask how much is there."""
        answer = await self.ask("HEAD", place)
        assert answer.status == 200, answer.status
        return int(answer.headers["upload-offset"])

    async def state(self, place: str) -> dict[str, Any]:
        """Ask how an upload stands."""
        answer = await self.ask("GET", place, tus_resumable=None, origin=None)
        assert answer.status == 200, answer.body
        return dict(json.loads(answer.body))


def metadata(**values: str) -> str:
    """Return a header that says something of a file."""
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in values.items())


def run(conversation: Any) -> Any:
    """Let a conversation happen."""
    return asyncio.run(conversation)
