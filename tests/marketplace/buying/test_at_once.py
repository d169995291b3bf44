"""What happens to an order twice at the same moment."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

from django.db import connection

from common.errors import DomainError
from marketplace.buying.ordering import (
    MOST_HASHES,
    MOST_ORDERS,
    Payment,
    mark_cancelled,
    mark_sent,
    open_order,
    prepare_order,
)
from marketplace.buying.orders import Order
from marketplace.buying.states import State
from marketplace.buying.watchers import watch_orders
from tests.marketplace.shop import PRICE, Shop

MANY = 6


def at_once(work: Callable[[], Any]) -> list[Any]:
    """Return what each of many threads got out of the same work, begun at one moment, or the error it met."""
    start = Barrier(MANY)

    def attempt(_number: int) -> Any:
        try:
            connection.ensure_connection()
            start.wait(20)
            return work()
        except DomainError as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(MANY) as threads:
        return list(threads.map(attempt, range(MANY)))


def test_preparing_the_same_at_once_is_one_order(committed: Shop) -> None:
    given: dict[str, Any] = {"user": committed.buyer, "listing": committed.listing, "plan": 0, "quantity": 1}
    for opened in range(3):
        made = at_once(lambda: prepare_order(**given, accept_licence=True).ref)
        assert len(set(made)) == 1
        assert Order.objects.count() == opened + 1
        order = Order.objects.get(ref=made[0])
        committed.open(order)  # from now on the same intent is another order


def test_of_many_that_open_the_wallet_at_once_one_does(committed: Shop) -> None:
    order, buyer = committed.prepare(), committed.buyer
    prompt = ""
    for _ in range(2):  # first, and taking over
        before = prompt
        outcomes = at_once(partial(open_order, user=buyer, ref=order.ref, instead_of=before))
        (payment,) = [each for each in outcomes if isinstance(each, Payment)]
        assert outcomes.count("prompt-open") == MANY - 1
        prompt = payment.prompt
        order.refresh_from_db()
        assert (order.prompt, order.prompt_nonce) == (prompt, payment.nonce)


def test_of_many_orders_at_once_only_as_many_are_made_as_an_account_may_have(committed: Shop) -> None:
    for number in range(1, MOST_ORDERS - 1):
        committed.prepare(referrer=f"0x{number:040x}")
    given: dict[str, Any] = {"user": committed.buyer, "listing": committed.listing, "plan": 0, "quantity": 1}
    numbers = itertools.count(MOST_ORDERS)
    made = at_once(lambda: prepare_order(**given, accept_licence=True, referrer=f"0x{next(numbers):040x}").ref)
    assert made.count("too-many-orders") == MANY - 2
    assert Order.objects.count() == MOST_ORDERS


def test_of_many_hashes_at_once_only_as_many_are_kept_as_an_order_may_have(committed: Shop) -> None:
    order, buyer = committed.prepare(), committed.buyer
    numbers = itertools.count(1)

    def report() -> None:
        mark_sent(user=buyer, ref=order.ref, tx_hash=f"0x{next(numbers):064x}")

    outcomes = [each for _ in range(2) for each in at_once(report)]
    assert outcomes.count("too-many-hashes") == 2 * MANY - MOST_HASHES
    order.refresh_from_db()
    assert len(set(order.tx_hashes)) == MOST_HASHES
    again = order.tx_hashes[0]
    assert at_once(lambda: mark_sent(user=buyer, ref=order.ref, tx_hash=again)) == [None] * MANY


def test_watching_twice_at_once_notes_the_same(committed: Shop) -> None:
    order = committed.prepare()
    call = committed.open(order)
    committed.set_price(PRICE + 1)
    mark_sent(user=committed.buyer, ref=order.ref, tx_hash=committed.pay(call))
    committed.index()
    assert at_once(lambda: watch_orders(chain=committed.chain)) == [1] * MANY
    assert committed.progress(order).state == State.REVERTED


def test_a_no_and_a_hash_at_once_leave_what_was_sent(committed: Shop) -> None:
    order, buyer = committed.prepare(), committed.buyer
    numbers = itertools.count(1)

    def answer() -> None:
        if next(numbers) % 2:
            mark_cancelled(user=buyer, ref=order.ref)
        else:
            mark_sent(user=buyer, ref=order.ref, tx_hash="0x" + "ab" * 32)

    assert at_once(answer) == [None] * MANY
    order.refresh_from_db()
    assert (order.tx_hashes, committed.progress(order).state) == (["0x" + "ab" * 32], State.SENT)
