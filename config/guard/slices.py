"""Sends parts of files from the event loop, at the client's pace: no thread waits for a client.

It ends early where the client leaves, which the server tells only who asks, and where the client may not have the rest
any more.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from common import metrics
from common.database import AWAY, retried
from common.slices import Slice

from .protocol import Receive, Send, Untaken

SLICE = "citrate.response.slice"  # the message of an answer whose body is a part of a file
LARGE, SMALL = 1024 * 1024, 64 * 1024  # bytes that are read at once: small ones while many are sent
MANY = 16
SHARE = 256 * 1024  # bytes for which a client has its time
ASKED = 10.0  # seconds between two questions whether the client may still have it

_threads = ThreadPoolExecutor(4, thread_name_prefix="slices")
_sending: set[Slice] = set()


class EndedError(OSError):
    """The rest of a slice is not sent: the client has left, or may not have it any more."""


async def send_slice(
    found: Slice, send: Send, receive: Receive, seconds: float, untaken: Untaken | None = None
) -> None:
    """Send a slice, and close it. Raises EndedError, and TimeoutError where a client does not read 256 KiB in so many
    seconds.

    While few are sent, the system may keep a whole piece of what the client has not taken: it is no token, which is
    paid for as soon as it is sent, and with less the client waits for us all the time.
    """
    _sending.add(found)
    if untaken and _size() == LARGE:
        untaken(LARGE)
    sending = asyncio.create_task(_send_all(found, send, seconds))
    tasks = {sending, asyncio.create_task(_gone(receive))}
    if found.allowed:
        tasks.add(asyncio.create_task(_refused(found)))
    try:
        for ended in (await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED))[0]:
            ended.result()
        if not sending.done():
            raise EndedError
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        _sending.discard(found)
        found.close()
        if untaken:
            untaken()


async def _send_all(found: Slice, send: Send, seconds: float) -> None:
    """Send all of a slice, while the next piece is read."""
    loop = asyncio.get_running_loop()
    reading = loop.run_in_executor(_threads, found.read, _size())
    try:
        while data := await reading:
            reading = loop.run_in_executor(_threads, found.read, _size())
            metrics.DOWNLOAD_BYTES.inc(len(data))
            async with asyncio.timeout(seconds * max(1, len(data) / SHARE)):
                await send({"type": "http.response.body", "body": data, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        await asyncio.wait([reading])  # before the file is closed under it


async def _gone(receive: Receive) -> None:
    """Return when the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refused(found: Slice) -> None:
    """Return when the client may not have the rest any more. While the database is away, nobody knows."""
    may = True
    while may:
        await asyncio.sleep(ASKED)
        try:
            may = found.allowed is not None and await retried(found.allowed)
        except AWAY:
            continue


def _size() -> int:
    return LARGE if len(_sending) <= MANY else SMALL
