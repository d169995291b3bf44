"""An order's socket is for its buyer alone, and says when to look again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import async_to_sync
from django.db import transaction

from common.sockets import NOT_FOUND
from marketplace.buying import ordering
from marketplace.buying.orders import Order
from marketplace.buying.paying import payment_call
from marketplace.buying.states import Outcome
from tests.marketplace.shop import OTHER, Shop
from tests.sockets import cookie_of, do, heard, opened


def account(shop: Shop, number: int) -> bytes:
    """Return the cookie of a browser in which that account is signed in."""
    return cookie_of(type(shop.buyer).objects.get_or_create(address=shop.address(number))[0])


def buyer(shop: Shop) -> bytes:
    return account(shop, 3)


def run(story: Callable[[], Any]) -> None:
    async_to_sync(story)()


def test_only_the_buyer_hears_of_an_order(committed: Shop) -> None:
    order = committed.prepare()
    path, cookies = f"/ws{order.get_absolute_url()}", [b"", account(committed, OTHER)]
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
            payment = await do(committed.open, order)
            assert (await heard(socket))["state"] == "awaiting"  # what was undone would have been heard before
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
            await do(committed.pay, call)
            await do(committed.index)
            # It was final, and the block before changed nothing more: this is the next that is heard.
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
            await do(committed.index, 1)
            assert await heard(socket) == {"head": await do(committed.chain.head)}

    run(story)
