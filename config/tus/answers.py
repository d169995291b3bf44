"""What is said back: tus's headers, problem+json for what is refused, and an end that clients can hear."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from common.errors import PROBLEM_JSON, DomainError
from config.guard.protocol import Headers, Message, Receive, Scope, Send
from marketplace.files.blobs import Upload

from . import words

LINGER = 2.0  # seconds, and bytes, that are read and dropped after an early answer: else it may be lost on its way
LINGER_BYTES = 16 * 1024 * 1024
JSON = "application/json"


@dataclass(frozen=True)
class Reply:
    """One answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


class Body:
    """The body of a request, and whether all of it was read."""

    def __init__(self, headers: Headers, receive: Receive) -> None:
        self.is_over = not words.has_body(headers)
        self._receive = receive

    async def receive(self) -> Message:
        """Return what comes next."""
        message = await self._receive()
        self.is_over = not message.get("more_body")
        return message


def reply_to(error: DomainError, more: Mapping[str, str] | None = None) -> Reply:
    """Return the answer to what is refused."""
    status = int(error.status)
    title = "Checksum Mismatch" if status == 460 else HTTPStatus(status).phrase
    told = {"type": f"urn:citrate:problem:{error.code}", "title": title, "status": status, "code": error.code}
    body = json.dumps({**told, "detail": str(error.detail), **error.data}).encode()
    headers = {"Content-Type": PROBLEM_JSON, **(more or {})}
    if "retry_after" in error.data:
        headers["Retry-After"] = str(error.data["retry_after"])
    if "offset" in error.data:
        headers["Upload-Offset"] = str(error.data["offset"])
    return Reply(status, headers, body)


def state_of(upload: Upload, here: int) -> Reply:
    """Return how an upload stands, for a page that shows it."""
    blob = upload.blob
    told: dict[str, Any] = {
        "id": str(upload.pk),
        "path": upload.path,
        "size": upload.size,
        "offset": here,
        "hashed": upload.hashed,
        "state": upload.state,
        "sha256": blob.sha256 if blob else None,
        "cid": blob.cid if blob else None,
        "says": upload.get_failure_display() if upload.failure else "",
    }
    return Reply(200, {"Content-Type": JSON}, json.dumps(told, default=str).encode())


async def give(reply: Reply, scope: Scope, request: Body, send: Send) -> None:
    """Send an answer. Where the body was not read to its end, some of it is now, and the connection ends."""
    own = {"Tus-Resumable": words.VERSION, "Cache-Control": "no-store", "Content-Length": str(len(reply.body))}
    if reply.status == HTTPStatus.PRECONDITION_FAILED or words.method_of(scope) == "OPTIONS":
        own |= {"Tus-Version": words.VERSION, "Tus-Extension": words.EXTENSIONS}
        own["Tus-Checksum-Algorithm"] = ",".join(words.ALGORITHMS)
    if reply.status == HTTPStatus.NO_CONTENT:
        del own["Content-Length"]
    lingers = not request.is_over
    if lingers:
        own["Connection"] = "close"
    headers = [(name.lower().encode(), value.encode()) for name, value in {**own, **reply.headers}.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    body: Message = {"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else reply.body}
    if lingers:
        await send({**body, "more_body": True})
        await _drop(request)
        body["body"] = b""
    await send(body)


async def _drop(request: Body) -> None:
    """Read what still comes, for a moment."""
    dropped = 0
    try:
        async with asyncio.timeout(LINGER):
            while dropped < LINGER_BYTES and not request.is_over:
                dropped += len((await request.receive()).get("body", b""))
    except TimeoutError:
        return
