"""What happens to an order twice at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

from django.db import connection

from common.errors import DomainError
from marketplace.buying.ordering import Payment, open_order, prepare_order
from marketplace.buying.orders import Order
from tests.marketplace.shop import Shop

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
