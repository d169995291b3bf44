"""An engine that writes tokens at a pace, and on disk how many it has written of each answer: that outlives it.

``PACED`` names the folder; the last word of a question is the name of its answer there. It runs without Django.
"""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from tests.waiting import take_in_loop

PACE = 0.02  # seconds a token
TOKEN = b'data: {"choices": [{"index": 0, "delta": {"content": " word"}}]}\n\n'
END = b'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'
START = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]}


async def engine(scope: Any, receive: Any, send: Any) -> None:
    """Answer, as ASGI has it, until the asked number of tokens is written or who asks has left."""
    if scope["type"] != "http":
        return
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    if not body:
        await send({**START, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})
        return
    asked = json.loads(body)
    leaving = asyncio.ensure_future(receive())
    await send(START)
    written = Path(os.environ["PACED"]) / asked["messages"][-1]["content"].split()[-1]
    with written.open("ab", buffering=0) as file:
        for _ in range(asked["max_tokens"]):
            await take_in_loop(PACE)
            if leaving.done():
                return
            file.write(b".")  # before it is sent: never fewer than anybody has heard
            await send({"type": "http.response.body", "body": TOKEN, "more_body": True})
    leaving.cancel()
    await send({"type": "http.response.body", "body": END})
