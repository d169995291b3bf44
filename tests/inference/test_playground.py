"""The playground's socket over the real engine."""

import asyncio
import time
from collections.abc import Callable

import pytest

from inference.models import Call, CallState, UsageWindow
from tests.waiting import becomes

from .conftest import CHAT, Engines, Server
from .socket import opened

pytestmark = [pytest.mark.xdist_group("engine"), pytest.mark.usefixtures("engines", "listings")]

WARM = 12  # tokens after which the cost of one is known


def test_an_answer_arrives_in_many_frames_and_is_counted() -> None:
    async def talk() -> None:
        async with opened(CHAT) as socket:
            await socket.ask("What is the capital of France?")
            pieces, done = await socket.end()
        assert len(pieces) > 3
        assert done["text"] == "".join(pieces)
        assert done["html"].startswith("<p>")
        assert done["first_token_ms"] > 0
        assert done["allowance"]["left"] < done["allowance"]["budget"]

    asyncio.run(talk())
    call = Call.objects.get()
    assert (call.state, call.access) == (CallState.DONE, "free")
    assert all(window.reserved == 0 for window in UsageWindow.objects.all())
    assert {window.spent for window in UsageWindow.objects.all()} == {call.prompt_tokens + call.completion_tokens}


def idle(server: Server) -> Callable[[], bool]:
    """Return what says whether the engine has used no more than a hundredth of a second since it was last asked."""
    looks = [(-1.0, -1.0)]

    def is_idle() -> bool:
        now, used = time.monotonic(), server.cpu_seconds()
        then, before = looks[-1]
        if now - then < 0.5:
            return False
        looks.append((now, used))
        return used - before <= 0.01

    return is_idle


async def tokens_after(server: Server, leave: bool) -> float:
    """Stop (or leave) in mid-answer and return how many tokens' CPU time the engine used after that."""
    async with opened(CHAT) as socket:
        await socket.ask()
        await socket.texts(2)
        before = server.cpu_seconds()
        await socket.texts(WARM)
        at_stop = server.cpu_seconds()
        if not leave:
            await socket.say('{"type": "stop"}')
            assert (await socket.end())[1]["stopped"]
    await becomes(idle(server))
    return (server.cpu_seconds() - at_stop) / ((at_stop - before) / WARM)


@pytest.mark.parametrize("leave", [False, True], ids=["stopped", "left"])
def test_the_generation_ends_within_two_tokens(engines: Engines, leave: bool) -> None:
    # Of three tries, because another process may hold up the word to stop while the engine goes on.
    used = [asyncio.run(tokens_after(engines.chat, leave)) for _ in range(3)]
    assert min(used) <= 2, used
    calls = Call.objects.all()
    assert {call.state for call in calls} == {CallState.STOPPED}
    counts = [call.completion_tokens for call in calls]
    assert min(counts) >= WARM  # of WARM + 2 texts: a blank alone belongs to the word behind it
    assert min(counts) <= WARM + 10, counts
    assert all(window.reserved == 0 and window.spent > 0 for window in UsageWindow.objects.all())


def test_an_engine_that_dies_in_mid_answer_is_told_and_counted(engines: Engines) -> None:
    async def talk() -> None:
        async with opened(CHAT) as socket:
            await socket.ask()
            await socket.texts(3)
            await asyncio.to_thread(engines.chat.kill)
            _pieces, error = await socket.end()
            assert error["code"] == "gone"
            assert error["html"]
            await socket.ask()
            assert (await socket.end())[1]["code"] == "warming-up"

    asyncio.run(talk())
    dead, unborn = Call.objects.order_by("started_at")
    assert (dead.state, dead.error) == (CallState.FAILED, "gone")
    assert dead.completion_tokens >= 3
    assert (unborn.state, unborn.completion_tokens) == (CallState.FAILED, 0)
    window = UsageWindow.objects.get(scope="all")
    assert (window.reserved, window.spent) == (0, dead.prompt_tokens + dead.completion_tokens)


def test_one_socket_writes_one_answer_at_a_time() -> None:
    async def talk() -> None:
        async with opened(CHAT) as socket:
            await socket.ask()
            await socket.texts(1)
            await socket.ask()
            _pieces, heard = await socket.end()
            assert heard["code"] == "too-many-streams"

    asyncio.run(talk())
