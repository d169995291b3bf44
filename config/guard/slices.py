"""Sends parts of files from the event loop, at the client's pace: no thread waits for a client."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from common import metrics
from common.slices import Slice

from .protocol import Send

SLICE = "citrate.response.slice"  # the message of an answer whose body is a part of a file
LARGE, SMALL = 1024 * 1024, 64 * 1024  # bytes that are read at once: small ones while many are sent
MANY = 16
SHARE = 256 * 1024  # bytes for which a client has its time

_threads = ThreadPoolExecutor(4, thread_name_prefix="slices")
_sending: set[Slice] = set()


async def send_slice(found: Slice, send: Send, seconds: float) -> None:
    """Send all of a slice, while the next piece is read, and close it. Raises TimeoutError where a client does not read
    256 KiB in so many seconds."""
    loop = asyncio.get_running_loop()
    _sending.add(found)
    try:
        reading = loop.run_in_executor(_threads, found.read, _size())
        while data := await reading:
            reading = loop.run_in_executor(_threads, found.read, _size())
            metrics.DOWNLOAD_BYTES.inc(len(data))
            async with asyncio.timeout(seconds * max(1, len(data) / SHARE)):
                await send({"type": "http.response.body", "body": data, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        await asyncio.wait([reading])  # before the file is closed under it
        _sending.discard(found)
        found.close()


def _size() -> int:
    return LARGE if len(_sending) <= MANY else SMALL
