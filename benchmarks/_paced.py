"""What `gateway` puts behind both: an engine that writes a token every 20 ms, and a relay that only passes bytes on."""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any

import httpx

TOKENS, PACE = int(os.environ.get("TOKENS", "100")), 0.02  # seconds


def _event(said: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(said).encode() + b"\n\n"


HEAD = {"id": "chatcmpl-0", "object": "chat.completion.chunk", "created": 1, "model": "paced"}
TOKEN = _event({**HEAD, "choices": [{"index": 0, "delta": {"content": " word"}, "finish_reason": None}]})
USAGE = {"prompt_tokens": 9, "completion_tokens": TOKENS, "total_tokens": TOKENS + 9}
END = _event({**HEAD, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": USAGE})
START = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]}


async def engine(scope: Any, receive: Any, send: Any) -> None:
    """Write tokens at a steady pace, whatever is asked."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send(START)
    next_at = asyncio.get_running_loop().time()
    for _ in range(TOKENS):
        next_at += PACE
        await asyncio.sleep(max(0.0, next_at - asyncio.get_running_loop().time()))
        await send({"type": "http.response.body", "body": TOKEN, "more_body": True})
    await send({"type": "http.response.body", "body": END + b"data: [DONE]\n\n"})


_clients: list[httpx.AsyncClient] = []


async def relay(scope: Any, receive: Any, send: Any) -> None:
    """Pass a request on, and its answer back: no key, no limit, no count, nothing read."""
    if scope["type"] != "http":
        return
    if not _clients:
        _clients.append(httpx.AsyncClient(timeout=httpx.Timeout(60), trust_env=False))
    body = (await receive()).get("body", b"")
    headers = {"content-type": "application/json"}
    url = f"{os.environ['CHAT_URL']}/chat/completions"
    async with _clients[0].stream("POST", url, content=body, headers=headers) as answer:
        await send(START)
        async for piece in answer.aiter_raw():
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body"})
