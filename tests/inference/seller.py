"""A seller's server for tests: a small honest one on the loopback, that speaks OpenAI's protocol as it is told to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

import uvicorn

from tests.ports import free_port
from tests.waiting import take_in_loop, until

KEY = "sk-a-seller-s-own-0042"  # pragma: allowlist secret: of a server that dies with its test
WORDS = ("A", " lemon", " tree", " stands", " here.")


@dataclass
class Seller:
    """What the server does, and what it was asked."""

    key: str = KEY
    models: list[dict[str, Any]] = field(default_factory=lambda: [{"id": "lemon-1", "max_model_len": 8192}])
    streams: bool = True
    tells_usage: bool = True
    takes_options: bool = True
    embeds: bool = False
    status: int = 200  # of whatever is asked
    pause: float = 0.0  # seconds before each word
    fails: int = 0  # of the next questions, which it answers with an error of its own
    asked: list[tuple[str, Any]] = field(default_factory=list)
    told: list[dict[str, str]] = field(default_factory=list)  # headers
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        """Its address, as a seller gives it."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def questions(self) -> list[Any]:
        """The bodies of what it was asked to answer."""
        return [body for path, body in self.asked if not path.endswith("/models")]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer, as ASGI has it."""
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        asked: Any = json.loads(body) if body else None
        self.asked.append((scope["path"], asked))
        self.told.append(headers)
        if self.key and headers.get("authorization") != f"Bearer {self.key}":
            await _say(send, 401, {"error": {"message": f"Bad key: {headers.get('authorization')}"}})
        elif self.status != 200:
            await _say(send, self.status, {"error": {"message": "no"}})
        elif self.fails and scope["path"] != "/v1/models":
            self.fails -= 1
            await _say(send, 500, {"error": {"message": "not now"}})
        elif scope["path"] == "/v1/models":
            await _say(send, 200, {"object": "list", "data": self.models})
        elif scope["path"] == "/v1/embeddings" and self.embeds:
            rows = [{"index": n, "embedding": [1.0, float(n)]} for n in range(len(asked["input"]))]
            await _say(send, 200, {"data": rows, "usage": {"prompt_tokens": 3}})
        elif scope["path"] == "/v1/chat/completions" and not self.embeds:
            await self._chat(asked, send)
        else:
            await _say(send, 404, {"error": {"message": "no such address"}})

    async def _chat(self, asked: dict[str, Any], send: Any) -> None:
        if "stream_options" in asked and not self.takes_options:
            await _say(send, 400, {"error": {"message": "unknown field stream_options"}})
            return
        if asked.get("model") not in {each["id"] for each in self.models}:
            await _say(send, 404, {"error": {"message": "no such model"}})
            return
        usage = {"prompt_tokens": 9, "completion_tokens": len(WORDS)} if self.tells_usage else None
        if not self.streams:
            message = {"role": "assistant", "content": "".join(WORDS)}
            await _say(send, 200, {"choices": [{"index": 0, "message": message}], "usage": usage})
            return
        await send(_start(200, b"text/event-stream"))
        if asked.get("tools") and asked["messages"][-1]["role"] != "tool":
            await _call_tool(asked["tools"][0]["function"]["name"], send)
            return
        for word in WORDS:
            await take_in_loop(self.pause)
            await _event(send, {"choices": [{"index": 0, "delta": {"content": word}, "finish_reason": None}]})
        await _event(send, {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        if usage and "stream_options" in asked:
            await _event(send, {"choices": [], "usage": usage})
        await send({"type": "http.response.body", "body": b"data: [DONE]\n\n"})


def _start(status: int, kind: bytes) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": [(b"content-type", kind)]}


async def _say(send: Any, status: int, body: Any) -> None:
    await send(_start(status, b"application/json"))
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


async def _event(send: Any, body: Any) -> None:
    data = b"data: " + json.dumps(body).encode() + b"\n\n"
    await send({"type": "http.response.body", "body": data, "more_body": True})


async def _call_tool(name: str, send: Any) -> None:
    """Ask for a tool in two pieces, as servers do that write its arguments as they come."""
    whole = {"index": 0, "id": "call_1", "type": "function", "function": {"name": name, "arguments": '{"place": '}}
    rest = {"index": 0, "function": {"arguments": '"Palermo"}'}}
    for piece in (whole, rest):
        await _event(send, {"choices": [{"index": 0, "delta": {"tool_calls": [piece]}, "finish_reason": None}]})
    await _event(send, {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]})
    await send({"type": "http.response.body", "body": b"data: [DONE]\n\n"})


@contextmanager
def selling(**does: Any) -> Iterator[Seller]:
    """Open a server; what it does may be changed while it runs."""
    seller = Seller(**does)
    config = uvicorn.Config(seller, host="127.0.0.1", port=seller.port, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    try:
        until(lambda: server.started, lambda: "the seller's server does not start")
        yield seller
    finally:
        server.should_exit = True
        thread.join(10)
