"""Decides while an answer is being made whether it may be kept, and collects it if so."""

import asyncio
import re

from .key import covers
from .protocol import Headers, Message, Send, without
from .stored_response import StoredResponse

S_MAXAGE = re.compile(r"\bs-maxage=(\d{1,9})\b")
FORBIDS = re.compile(r"\b(private|no-store|no-cache)\b")


class Recorder:
    """A ``send`` that holds back an answer worth keeping until it is whole, and passes on any other at once.

    ``made`` then is the page, or None as soon as it is clear that there will be none to keep.
    """

    def __init__(self, send: Send, max_bytes: int) -> None:
        self.made: asyncio.Future[StoredResponse | None] = asyncio.get_running_loop().create_future()
        self._send = send
        self._max_bytes = max_bytes
        self._held: list[Message] = []

    async def __call__(self, message: Message) -> None:
        if self.made.done():
            await self._send(message)
            return
        self._held.append(message)
        if not lifetime_of(self._held[0]) or self._size() > self._max_bytes:
            self.give_up()
            for held in self._held:
                await self._send(held)
        elif message["type"] == "http.response.body" and not message.get("more_body"):
            self.made.set_result(self._page())

    def give_up(self) -> None:
        """Tell those who wait that there is no page to share, unless there is one."""
        if not self.made.done():
            self.made.set_result(None)

    def _size(self) -> int:
        return sum(len(message.get("body", b"")) for message in self._held)

    def _page(self) -> StoredResponse:
        start, *rest = self._held
        headers = without(start["headers"], b"cache-control", b"x-request-id")
        return StoredResponse(headers, b"".join(message.get("body", b"") for message in rest), lifetime_of(start))


def lifetime_of(start: Message) -> int:
    """Return for how many seconds an answer may be kept, from its first message; 0 if it may not."""
    headers: Headers = start["headers"]
    control = joined(headers, b"cache-control")
    opted = S_MAXAGE.search(control)
    if (
        start["status"] != 200
        or not opted
        or "public" not in control
        or FORBIDS.search(control)
        or not covers(joined(headers, b"vary"))
        or any(name == b"set-cookie" for name, _ in headers)
    ):
        return 0
    return int(opted[1])


def joined(headers: Headers, name: bytes) -> str:
    """Return all values of a header as one list, in lower case."""
    return ", ".join(value.decode("latin1") for key, value in headers if key == name).lower()
