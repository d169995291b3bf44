"""What floods beside an answer is left before it has kept the loop from others; connections to ours are kept."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
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


WORD = 'data: {"choices": [{"index": 0, "delta": {"content": "word"}}]}'
ENDED = 'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}'
OVER = f"{WORD}\n\n{ENDED}\n\ndata: [DONE]\n\n".encode()
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"


@dataclass
class Talking:
    """An engine that keeps connections; ``ends`` says after how many answers it hangs up without a word."""

    ends: int = 0
    cut: bool = False  # it does not say that an answer has ended
    connections: int = 0
    asked: list[int] = field(default_factory=list)  # by which connection

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number, answered = self.connections, 0
        try:
            while not self.ends or answered < self.ends:
                await self._answer(reader, writer, number)
                answered += 1
            await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r\n")[0]))
        self.asked.append(number)
        writer.write(CHUNKED + b"%x\r\n%s\r\n" % (len(OVER), OVER) + (b"" if self.cut else b"0\r\n\r\n"))
        if self.cut:
            assert await reader.read(1) == b""  # it was left

    async def hang_up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    async def serve(self, times: int) -> None:
        server = await asyncio.start_server(self.talk, "127.0.0.1", 0)
        engine = Engine("kept", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1")
        async with server:
            for _ in range(times):
                await ask(engine)
            server.close()


def test_a_connection_to_an_engine_of_ours_is_used_again() -> None:
    talking = Talking()
    asyncio.run(talking.serve(3))
    assert talking.asked == [1, 1, 1]
    asyncio.run(talking.serve(2))  # another loop has its own, and each is closed with its loop
    assert talking.asked == [1, 1, 1, 2, 2]
    assert not [loop for loop in wire._kept if loop.is_closed()]  # other tests may have a loop that goes on


def test_one_that_was_closed_while_nobody_asked_is_asked_over_another() -> None:
    talking = Talking(ends=1)
    asyncio.run(talking.serve(3))
    assert talking.asked == [1, 2, 3]


def test_an_engine_that_hangs_up_on_a_new_connection_is_gone() -> None:
    talking = Talking(ends=-1)
    talking.talk = talking.hang_up  # type: ignore[method-assign]
    with pytest.raises(DomainError) as gone:
        asyncio.run(talking.serve(1))
    assert (gone.value.code, talking.connections) == ("gone", 1)


def test_what_was_not_read_to_its_end_is_not_kept() -> None:
    talking = Talking(cut=True)
    asyncio.run(talking.serve(2))
    assert talking.asked == [1, 2]


def test_each_answer_of_a_kept_connection_is_bounded_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MOST", 2 * len(CHUNKED + OVER))
    talking = Talking()
    asyncio.run(talking.serve(5))
    assert talking.asked == [1] * 5
