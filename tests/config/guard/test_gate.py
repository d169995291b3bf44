"""Threads are few: nobody may hold one by waiting, reading slowly or leaving."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, cast

import pytest

from config.guard import Gate, Limits, Threads
from config.guard.outbox import Outbox
from config.guard.protocol import Message, Receive, Scope, Send
from tests.waiting import PATIENCE, becomes

from .driver import Answer, Client, ask, http, replying

LIMITS = Limits(patience=0.1, outbox_bytes=1000, stall_seconds=0.2)


def start() -> Message:
    return {"type": "http.response.start", "status": 200, "headers": []}


def part(size: int) -> Message:
    return {"type": "http.response.body", "body": b"x" * size, "more_body": True}


class Pages:
    """A WSGI application in real threads that answers when ``may_answer`` is set."""

    def __init__(self, *chunks: bytes) -> None:
        self.chunks = chunks or (b"page",)
        self.may_answer = threading.Event()
        self.finished = threading.Semaphore(0)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.may_answer.wait(5)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return self._write()

    def _write(self) -> Iterator[bytes]:
        yield from self.chunks
        self.finished.release()

    def behind_gate(self, seats: int, patience: float = LIMITS.patience) -> Gate:
        limits = replace(LIMITS, patience=patience)
        return Gate(Threads(cast(Any, self), seats), seats=seats, limits=limits)


def test_a_request_that_finds_all_threads_busy_is_told_so_and_the_others_are_served() -> None:
    async def scene() -> tuple[Answer, int, list[Answer]]:
        pages = Pages()
        gate = pages.behind_gate(seats=2)
        served = [asyncio.create_task(ask(gate)) for _ in range(2)]
        await becomes(lambda: gate.busy == 2)
        refused = await ask(gate)
        busy = gate.busy
        pages.may_answer.set()
        return refused, busy, await asyncio.gather(*served)

    refused, busy, served = asyncio.run(scene())
    assert (refused.status, refused.problem["code"], refused.headers["retry-after"]) == (503, "busy", "5")
    assert busy == 2
    assert [given.body for given in served] == [b"page", b"page"]


def test_a_request_waits_a_moment_for_a_thread() -> None:
    async def scene() -> tuple[list[Answer], int]:
        pages = Pages()
        gate = pages.behind_gate(seats=1, patience=20)
        asyncio.get_running_loop().call_later(0.02, pages.may_answer.set)
        return await asyncio.gather(*(ask(gate) for _ in range(5))), gate.busy

    served, busy = asyncio.run(scene())
    assert [given.status for given in served] == [200] * 5
    assert busy == 0


def test_a_seat_is_free_as_soon_as_the_thread_is_though_the_client_still_reads() -> None:
    async def scene() -> int:
        pages = Pages(b"x" * 900)
        pages.may_answer.set()
        gate = pages.behind_gate(seats=1)
        reading = asyncio.Event()

        async def slow_send(message: Message) -> None:
            await reading.wait()

        reader = asyncio.create_task(gate(http(), Client().receive, slow_send))
        await becomes(lambda: pages.finished.acquire(blocking=False))
        other = await ask(gate)
        reading.set()
        await reader
        return other.status

    assert asyncio.run(scene()) == 200


@pytest.mark.parametrize("error", [ConnectionResetError, None])
def test_a_client_that_leaves_or_stalls_in_a_large_file_frees_the_thread(error: type[OSError] | None) -> None:
    async def scene() -> tuple[bool, int]:
        pages = Pages(*[b"x" * 500] * 100)
        pages.may_answer.set()
        gate = pages.behind_gate(seats=1)

        async def broken_send(message: Message) -> None:
            if error:
                raise error
            await asyncio.Event().wait()

        await gate(http(), Client().receive, broken_send)
        return pages.finished.acquire(timeout=PATIENCE), (await ask(gate)).status

    assert asyncio.run(scene()) == (True, 200)


def test_an_error_frees_the_seat_and_what_was_written_before_it_is_sent() -> None:
    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        raise ZeroDivisionError

    async def scene() -> Answer:
        gate = Gate(failing, seats=1, limits=LIMITS)
        answer = Answer()
        with pytest.raises(ZeroDivisionError):
            await gate(http(), Client().receive, answer.send)
        gate.app = replying()
        assert (await ask(gate)).status == 200
        return answer

    assert asyncio.run(scene()).status == 200


def test_a_writer_waits_while_too_much_is_unsent() -> None:
    async def scene() -> tuple[list[int], list[int]]:
        sent: list[int] = []
        reading = asyncio.Event()

        async def send(message: Message) -> None:
            await reading.wait()
            sent.append(len(message["body"]))

        outbox = Outbox(send, Limits(outbox_bytes=1000), Client().receive)
        written: list[int] = []

        async def write() -> None:
            for size in (600, 600, 600, 10):
                await outbox.put(part(size))
                written.append(size)

        writer = asyncio.create_task(write())
        await becomes(lambda: len(written) >= 2)
        before = list(written)
        reading.set()
        await writer
        await outbox.finish()
        return before, sent

    assert asyncio.run(scene()) == ([600, 600], [600, 600, 600, 10])
