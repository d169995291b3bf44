"""What floods beside an answer is left, before it has kept the loop of all streams from others."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

import pytest

from common.errors import DomainError
from inference import upstream as asking
from inference import wire
from inference.servers import Engine
from inference.upstream import Waits, stream_chat

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
FLOODS = {
    "announcements": (b"", b"HTTP/1.1 102 Processing\r\n\r\n" * 1000),
    "announcements with headers": (b"", (b"HTTP/1.1 103 Early\r\nlink: " + b"x" * 8_000 + b"\r\n\r\n") * 8),
    "headers": (HEAD, b"x: y\r\n" * 1000),
    "comments on a chunk": (HEAD + b"transfer-encoding: chunked\r\n\r\n5;", b"x" * 65_536),
    "what follows the end": (HEAD + b"transfer-encoding: chunked\r\n\r\n0\r\n", b"x: " + b"y" * 8_000 + b"\r\n"),
}


@contextmanager
def flooding(head: bytes, part: bytes, sent: list[int]) -> Iterator[Engine]:
    """Serve one connection that is told ``part`` until it is left; ``sent`` counts the bytes."""

    def serve() -> None:
        with suppress(OSError):
            talk, _who = listener.accept()
            with talk:
                talk.settimeout(30)
                talk.recv(65_536)
                talk.sendall(head)
                while True:
                    sent.append(talk.send(part))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=serve)
        thread.start()
        yield Engine("flood", f"http://127.0.0.1:{listener.getsockname()[1]}/v1")
        thread.join(60)
        assert not thread.is_alive()


async def ask(engine: Engine) -> None:
    async for _piece in stream_chat(engine, [{"role": "user", "content": "Hello"}], max_tokens=5):
        pass


@pytest.mark.parametrize("flood", FLOODS)
def test_what_floods_beside_an_answer_is_left(flood: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MOST", 1_000_000)
    monkeypatch.setattr(asking, "WAITS", Waits(first=60, more=60, usage=60, whole=60))  # it is not time that ends it
    sent: list[int] = []
    with flooding(*FLOODS[flood], sent) as engine, pytest.raises(DomainError) as refused:
        asyncio.run(ask(engine))
    assert refused.value.code == "gone"
    assert sum(sent) < 20_000_000, "what the kernel took, and no more"
