"""Upstreams that say whatever a test has them say, in OpenAI's protocol or not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from inference.servers import Engine
from tests.hostile import Script, hostile

SSE_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
DONE = b"data: [DONE]\n\n"


def event(fields: Any) -> bytes:
    """Return a server-sent event with these fields as JSON."""
    return b"data: " + json.dumps(fields).encode() + b"\n\n"


def delta(content: Any, finish: Any = None, **more: Any) -> bytes:
    """Return an event with a piece of an answer."""
    return event({"choices": [{"index": 0, "delta": {"content": content}, "finish_reason": finish}], **more})


def end(usage: Any = None, finish: Any = "stop") -> bytes:
    """Return the last events of an answer, as most engines send them."""
    last = event({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    return last + (event({"choices": [], "usage": usage}) if usage is not None else b"") + DONE


@contextmanager
def upstream(script: Script, head: bytes = SSE_HEAD) -> Iterator[Engine]:
    """Open an upstream that says the same to whoever comes: ``head``, then the script, then the end."""
    with hostile(script, head) as url:
        yield Engine("smollm2", f"{url}/v1")
