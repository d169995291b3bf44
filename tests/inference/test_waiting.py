"""Who asks while all are busy waits in turn, is told the place, and no wallet keeps another from its turn."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest
from django.core.cache import cache

from common.database import in_database
from inference import waiting
from inference.access import Visitor
from inference.actions import finish_call, start_call
from inference.errors import EngineBusyError, TooManyWaitingError
from inference.models import OPEN, Call, CallState, Upstream, UsageWindow
from inference.queueing import MOST_OF_WALLET, Waiter, leave, members_of
from inference.waiting import Turn, begin_in_turn, begun
from tests.waiting import take_in_loop

from .conftest import CHAT
from .seller import WORDS, selling
from .socket import opened
from .test_choosing import at, sellers_alone

__all__ = ["sellers_alone"]
pytestmark = [pytest.mark.xdist_group("engine"), pytest.mark.usefixtures("listings")]


@pytest.fixture(autouse=True)
def one_place(sellers_alone: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One server that writes one answer at a time; nobody waits yet."""
    cache.clear()
    UsageWindow.objects.all().delete()
    monkeypatch.setattr(waiting, "LOOK", 0.05)
    at("http://127.0.0.1:9/v1", "one", at_once=1)
    yield
    cache.clear()


def visitor(network: int) -> Visitor:
    return Visitor.of(f"203.0.{network}.7", None)


def queued() -> int:
    return len(members_of(["seller-one"])[0])


def wallet(network: int) -> str:
    return visitor(network).block


async def until(number: int) -> None:
    async with asyncio.timeout(60):
        while queued() < number:
            await take_in_loop(0.02)


async def asks(network: int, places: list[int] | None = None) -> tuple[Call, Turn]:
    async def begin(me: Waiter) -> Call:
        more: dict[str, Any] = {"visitor": visitor(network), "listing": CHAT, "texts": ["Hello"], "max_tokens": 20}
        return await begun(lambda: start_call(**more, waiter=me))

    async def tell(place: int) -> None:
        if places is not None:
            places.append(place)

    return await begin_in_turn(begin, wallet=wallet(network), tell=tell)


async def end(call: Call) -> None:
    await in_database(lambda: finish_call(call_id=call.pk, state=CallState.FAILED))


def test_where_there_is_room_nobody_waits() -> None:
    _call, turn = asyncio.run(asks(1))
    assert (turn, turn.headers) == (Turn(), {})


def test_many_of_one_do_not_keep_one_of_another_from_its_turn() -> None:
    order: list[int] = []

    async def run_one(network: int) -> None:
        call, turn = await asks(network)
        order.append(network)
        assert turn.place
        await end(call)

    async def all_of_them() -> None:
        running, _turn = await asks(1)
        many = [asyncio.create_task(run_one(1)) for _ in range(6)]
        await until(6)
        single = asyncio.create_task(run_one(2))
        await until(7)
        await end(running)
        await asyncio.gather(single, *many)

    asyncio.run(all_of_them())
    assert sorted(order) == [1] * 6 + [2]
    assert order.index(2) <= 1
    assert not Call.objects.filter(state__in=OPEN).exists()


def test_the_place_is_told_and_said_by_the_answer() -> None:
    places: list[int] = []

    async def talk() -> Turn:
        running, _turn = await asks(1)
        task = asyncio.create_task(asks(2, places))
        await until(1)
        await end(running)
        return (await task)[1]

    turn = asyncio.run(talk())
    assert places[0] == turn.place == 1
    assert turn.headers["x-queue-place"] == "1"
    assert int(turn.headers["x-queue-waited-ms"]) > 0


def test_who_comes_later_does_not_overtake() -> None:
    async def talk() -> None:
        running, _turn = await asks(1)
        task = asyncio.create_task(asks(2))
        await until(1)
        await end(running)
        more: dict[str, Any] = {"visitor": visitor(3), "listing": CHAT, "texts": ["Hello"], "max_tokens": 20}
        with pytest.raises(EngineBusyError):
            await in_database(lambda: start_call(**more))
        call, _turn = await task
        assert call.payer == wallet(2)

    asyncio.run(talk())


def test_who_leaves_leaves_the_queue() -> None:
    async def talk() -> None:
        await asks(1)
        task = asyncio.create_task(asks(2))
        await until(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(talk())
    assert queued() == 0


def test_who_leaves_while_the_queue_is_left_has_what_began(monkeypatch: pytest.MonkeyPatch) -> None:
    may_leave = Event()

    def slow(me: Waiter, engines: list[str], *, served: bool) -> None:
        may_leave.wait(60)
        leave(me, engines, served=served)

    monkeypatch.setattr(waiting, "leave", slow)

    async def talk() -> Call:
        running, _turn = await asks(1)
        task = asyncio.create_task(asks(2))
        await until(1)
        await end(running)
        call, _turn = await task
        assert not may_leave.is_set()  # nothing was waited for in which a call could be lost that has begun
        may_leave.set()
        return call

    assert asyncio.run(talk()).payer == wallet(2)


def test_waiting_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MOST_WAIT", 0.3)

    async def talk() -> None:
        await asks(1)
        with pytest.raises(EngineBusyError):
            await asks(2)

    asyncio.run(talk())
    assert queued() == 0


def test_so_many_of_one_wallet_wait_at_most() -> None:
    async def talk() -> int:
        await asks(1)
        tasks = [asyncio.create_task(asks(2)) for _ in range(MOST_OF_WALLET)]
        await until(MOST_OF_WALLET)
        with pytest.raises(TooManyWaitingError):
            await asks(2)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return len(tasks)

    assert asyncio.run(talk()) == MOST_OF_WALLET


def test_the_playground_tells_the_place_and_stop_leaves_the_queue() -> None:
    async def talk() -> tuple[dict[str, Any], dict[str, Any]]:
        await asks(1)
        async with opened(CHAT) as socket:
            await socket.ask("Hello")
            told = await socket.hear()
            await socket.say('{"type": "stop"}')
            return told, await socket.hear()

    told, done = asyncio.run(talk())
    assert (told["type"], told["place"]) == ("queued", 1)
    assert (done["type"], done["stopped"], done["tokens"]) == ("done", True, 0)
    assert Call.objects.count() == 1
    assert queued() == 0


def test_the_playground_goes_on_when_its_turn_comes() -> None:
    async def talk() -> tuple[list[str], dict[str, Any]]:
        running, _turn = await asks(1)
        async with opened(CHAT) as socket:
            await socket.ask("Hello")
            assert (await socket.hear())["type"] == "queued"
            await end(running)
            return await socket.end()

    with selling() as server:
        Upstream.objects.filter(engine="seller-one").update(base_url=server.url)
        texts, done = asyncio.run(talk())
    assert ("".join(texts), done["state"]) == ("".join(WORDS), CallState.DONE)
