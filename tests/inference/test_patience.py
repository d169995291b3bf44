"""What is sent piece by piece is waited for until its deadline, which moves with what has come."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import StreamReader
from aiohttp.base_protocol import BaseProtocol

from inference.patience import Patience
from tests.waiting import take_in_loop

SOON, LATE = 0.05, 30.0  # seconds


def run(test: Callable[[StreamReader, Patience], Awaitable[None]]) -> None:
    """Run a test with a stream that is read patiently."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        protocol = BaseProtocol(loop)
        protocol.transport = asyncio.Transport()  # what says that it is connected
        content = StreamReader(protocol, 2**16, loop=loop)
        with Patience(content) as patience:
            await test(content, patience)

    asyncio.run(main())


def in_a_while(seconds: float) -> float:
    return asyncio.get_running_loop().time() + seconds


def test_who_waits_in_vain_hears_it() -> None:
    async def test(content: StreamReader, patience: Patience) -> None:
        with pytest.raises(TimeoutError):
            await patience.read(in_a_while(SOON))

    run(test)


def test_what_comes_in_time_is_read_and_a_later_deadline_counts() -> None:
    async def test(content: StreamReader, patience: Patience) -> None:
        loop = asyncio.get_running_loop()
        content.feed_data(b"one")
        assert await patience.read(in_a_while(SOON)) == b"one"
        loop.call_later(3 * SOON, content.feed_data, b"two")  # after the timer of the first has rung
        assert await patience.read(in_a_while(LATE)) == b"two"
        content.feed_eof()
        assert await patience.read(in_a_while(LATE)) == b""

    run(test)


def test_an_earlier_deadline_counts_too() -> None:
    async def test(content: StreamReader, patience: Patience) -> None:
        content.feed_data(b"one")
        assert await patience.read(in_a_while(LATE)) == b"one"
        with pytest.raises(TimeoutError):
            await patience.read(in_a_while(SOON))

    run(test)


def test_time_that_is_spent_elsewhere_ends_no_wait() -> None:
    async def test(content: StreamReader, patience: Patience) -> None:
        content.feed_data(b"one")
        assert await patience.read(in_a_while(SOON)) == b"one"
        await take_in_loop(2 * SOON)  # as with a client that reads slowly
        content.feed_data(b"two")
        assert await patience.read(in_a_while(-SOON)) == b"two"
        with pytest.raises(TimeoutError):
            await patience.read(in_a_while(-SOON))

    run(test)
