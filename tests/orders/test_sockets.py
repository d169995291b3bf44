"""An order's socket is for its buyer alone, and says when to look again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from asgiref.sync import async_to_sync, sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.db import connection, transaction
from django.test import Client as Browser

from config.asgi import application
from marketplace.buying import ordering
from marketplace.buying.consumers import NOT_FOUND
from marketplace.buying.orders import Order, Outcome
from marketplace.buying.paying import payment_call

from .shop import OTHER, Shop

ORIGIN = b"http://localhost"


def cookie_of(shop: Shop, number: int) -> bytes:
    """Return the cookie of a browser in which that account is signed in."""
    browser = Browser()
    browser.force_login(type(shop.buyer).objects.get_or_create(address=shop.address(number))[0])
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={browser.cookies[name].value}".encode()


def buyer(shop: Shop) -> bytes:
    return cookie_of(shop, 3)


@asynccontextmanager
async def opened(path: str, cookie: bytes = b"", origin: bytes = ORIGIN) -> AsyncIterator[ApplicationCommunicator]:
    """Open a socket at the whole site, as a browser does."""
    headers = [(b"host", b"localhost"), (b"origin", origin), (b"cookie", cookie)]
    scope = {"type": "websocket", "scheme": "ws", "path": path, "query_string": b"", "headers": headers}
    socket = ApplicationCommunicator(application, {**scope, "subprotocols": [], "client": ("127.0.0.1", 1)})
    await socket.send_input({"type": "websocket.connect"})
    try:
        yield socket
    finally:
        await socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await socket.wait(5)


async def heard(socket: ApplicationCommunicator) -> dict[str, Any]:
    """Return what the socket says next, or how it was closed."""
    message = await socket.receive_output(5)
    if message["type"] == "websocket.accept":
        return await heard(socket)
    return json.loads(message["text"]) if "text" in message else {"closed": message["code"]}


async def do(work: Callable[..., Any], *args: Any, **given: Any) -> Any:
    """Run what asks the database in a thread of its own."""

    def alone() -> Any:
        try:
            return work(*args, **given)
        finally:
            connection.close()

    return await sync_to_async(alone, thread_sensitive=False)()


def run(story: Callable[[], Any]) -> None:
    async_to_sync(story)()


def test_only_the_buyer_hears_of_an_order(committed: Shop) -> None:
    order = committed.prepare()
    path, cookies = f"/ws{order.get_absolute_url()}", [b"", cookie_of(committed, OTHER)]
    own = buyer(committed)

    async def story() -> None:
        for cookie in cookies:
            async with opened(path, cookie) as socket:
                assert await heard(socket) == {"closed": NOT_FOUND}
        async with opened(f"/ws/orders/0x{'12' * 32}", own) as socket:
            assert await heard(socket) == {"closed": NOT_FOUND}
        for origin in (b"http://evil.example", b"null"):
            async with opened(path, own, origin) as socket:
                assert await heard(socket) == {"closed": 4403}
        async with opened(path, own) as socket:
            assert await heard(socket) == {"state": "prepared", "confirmations": []}

    run(story)


def test_what_is_committed_is_told_and_what_is_not_is_not(committed: Shop) -> None:
    order, user, cookie = committed.prepare(), committed.buyer, buyer(committed)

    def undone() -> None:
        with transaction.atomic():
            ordering.mark_cancelled(user=user, ref=order.ref)
            transaction.set_rollback(True)

    async def story() -> None:
        async with opened(f"/ws{order.get_absolute_url()}", cookie) as socket:
            assert (await heard(socket))["state"] == "prepared"
            await do(undone)
            assert await socket.receive_nothing(0.5)
            payment = await do(committed.open, order)
            assert (await heard(socket))["state"] == "awaiting"
            await do(committed.open, order, payment.prompt)  # another tab takes over: the state is the same
            assert (await heard(socket))["state"] == "awaiting"

    run(story)


def test_blocks_are_counted_and_a_second_payment_is_told_too(committed: Shop) -> None:
    order, user, cookie = committed.prepare(), committed.buyer, buyer(committed)
    call = payment_call(order)

    async def story() -> None:
        async with opened(f"/ws{order.get_absolute_url()}", cookie) as socket:
            await heard(socket)
            await do(ordering.mark_sent, user=user, ref=order.ref, tx_hash=await do(committed.pay, call))
            assert (await heard(socket))["state"] == "sent"
            await do(committed.index)
            assert await heard(socket) == {"state": "confirming", "confirmations": [0]}
            for confirmations in (1, 2, 3):
                await do(committed.index, 1)
                assert (await heard(socket))["confirmations"] == [confirmations]
            await do(committed.index, 1)
            assert await socket.receive_nothing(0.5)  # it is final, and blocks change nothing more
            await do(committed.pay, call)
            await do(committed.index)
            assert await heard(socket) == {"state": "final", "confirmations": [3, 0]}

    run(story)


def test_who_comes_back_is_told_what_was_missed(committed: Shop) -> None:
    order, cookie = committed.prepare(), buyer(committed)
    path = f"/ws{order.get_absolute_url()}"

    async def story() -> None:
        async with opened(path, cookie) as socket:
            assert (await heard(socket))["state"] == "prepared"
        await do(Order.objects.filter(pk=order.pk).update, outcome=Outcome.CANCELLED)  # and nobody said so
        async with opened(path, cookie) as socket:
            assert (await heard(socket))["state"] == "cancelled"

    run(story)


def test_a_chain_s_blocks_are_no_secret(committed: Shop) -> None:
    async def story() -> None:
        async with opened("/ws/chains/nowhere") as socket:
            assert await heard(socket) == {"closed": NOT_FOUND}
        async with opened("/ws/chains/anvil") as socket:
            assert (await socket.receive_output(5))["type"] == "websocket.accept"
            await asyncio.sleep(0.2)  # it joins after it has let us in
            await do(committed.index, 1)
            assert await heard(socket) == {"head": await do(committed.chain.head)}

    run(story)
