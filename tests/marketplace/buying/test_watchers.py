"""Watching costs by what can still happen, however much is claimed to have been sent."""

from __future__ import annotations

import secrets
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contracts.chain.client import Client
from contracts.models import Block, Cursor
from marketplace.buying import ordering, watchers
from marketplace.buying.errors import (
    TooManyHashesError,
    TooManyOrdersError,
)
from marketplace.buying.order_view import OrderView
from marketplace.buying.ordering import MOST_HASHES, MOST_ORDERS
from marketplace.buying.orders import GIVEN_UP_AFTER, Order
from marketplace.buying.paying import payment_call
from marketplace.buying.states import Outcome, State
from marketplace.buying.watchers import MOST_A_PASS, watch_orders
from marketplace.onchain.models.sales import PurchaseFact
from tests.marketplace.shop import BUYER, PRICE, Shop

MANY = 1_000


def some_hash() -> str:
    return f"0x{secrets.token_hex(32)}"


def claim(shop: Shop, count: int, hashes: int = 1) -> None:
    """Write orders of as many wallets, each with transactions that no chain has."""
    like = shop.prepare()
    fields = [f.attname for f in Order._meta.concrete_fields if f.attname not in ("id", "ref", "buyer", "tx_hashes")]
    same = {name: getattr(like, name) for name in fields} | {"is_reusable": False, "sent_at": timezone.now()}
    Order.objects.bulk_create(
        Order(
            **same,
            ref=some_hash(),
            buyer=f"0x{secrets.token_hex(20)}",
            tx_hashes=[some_hash() for _ in range(hashes)],
        )
        for _ in range(count)
    )


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every HTTP request to the chain, as it is sent."""
    requests: list[object] = []
    read = Client._read

    def counted(self: Client, url: str, request: object) -> bytes:
        requests.append(request)
        return read(self, url, request)

    monkeypatch.setattr(Client, "_read", counted)
    return requests


@pytest.mark.parametrize(("hashes", "most"), [(1, 2), (MOST_HASHES, 9)])
def test_a_pass_over_a_thousand_orders_asks_the_chain_a_few_times(
    shop: Shop, asked: list[object], hashes: int, most: int
) -> None:
    claim(shop, MANY, hashes)
    asked.clear()
    with CaptureQueriesContext(connection) as queries:
        assert watch_orders(chain=shop.chain) == MOST_A_PASS
    assert len(asked) <= most
    assert len(queries) <= 20


def test_every_order_has_its_turn_and_then_waits_the_longer_the_older_it_is(shop: Shop) -> None:
    claim(shop, MANY)
    hour = timezone.now() - timedelta(hours=1)
    Order.objects.exclude(tx_hashes=[]).update(sent_at=hour)
    assert [watch_orders(chain=shop.chain) for _ in range(MANY // MOST_A_PASS + 1)] == [MOST_A_PASS] * 10 + [0]
    pauses = {order.look_at - timezone.now() for order in Order.objects.exclude(tx_hashes=[]) if order.look_at}
    assert all(timedelta(minutes=4) < pause <= watchers.MOST_PAUSE for pause in pauses)
    Order.objects.exclude(tx_hashes=[]).update(look_at=timezone.now() - timedelta(seconds=1))
    assert watch_orders(chain=shop.chain) == MOST_A_PASS


def test_what_was_sent_just_now_is_looked_at_with_every_pass(shop: Shop) -> None:
    claim(shop, 2)
    assert [watch_orders(chain=shop.chain) for _ in range(3)] == [2, 2, 2]


def test_what_can_happen_no_more_is_not_watched(shop: Shop) -> None:
    claim(shop, 3)
    first, second, third = Order.objects.exclude(tx_hashes=[])
    last = Block.objects.get(chain=shop.chain, number=shop.chain.final_block()).time
    for order, left, outcome in (
        (first, -timedelta(seconds=1), Outcome.DROPPED),
        (second, -GIVEN_UP_AFTER, Outcome.NONE),
        (third, -timedelta(seconds=1), Outcome.NONE),
    ):
        Order.objects.filter(pk=order.pk).update(deadline=last + left, outcome=outcome)
    assert [order.pk for order in Order.objects.to_watch(shop.chain)] == [third.pk]


def test_an_account_has_so_many_orders_that_can_be_paid_and_no_more(shop: Shop) -> None:
    def referred(number: int) -> Order:
        return shop.prepare(referrer=f"0x{number:040x}")

    orders = [referred(number) for number in range(1, MOST_ORDERS + 1)]
    ordering.mark_cancelled(user=shop.buyer, ref=orders[0].ref)  # a word, which undoes nothing that was sent
    with pytest.raises(TooManyOrdersError, match="20 orders that could still be paid") as refused:
        referred(MOST_ORDERS + 1)
    assert refused.value.data == {"until": orders[0].deadline.isoformat()}
    assert referred(2) == orders[1]  # the same again is no other order
    Order.objects.filter(pk=orders[0].pk).update(deadline=timezone.now())
    assert referred(MOST_ORDERS + 1)
    with pytest.raises(TooManyOrdersError):
        referred(MOST_ORDERS + 2)


def test_a_paid_order_makes_room_for_another(shop: Shop) -> None:
    orders = [shop.prepare(referrer=f"0x{number:040x}") for number in range(1, MOST_ORDERS + 1)]
    shop.pay(shop.open(orders[0]))
    shop.index()
    assert shop.prepare()


def test_an_order_names_so_many_transactions_and_no_more(shop: Shop) -> None:
    order = shop.prepare()
    named = [some_hash() for _ in range(MOST_HASHES)]
    for given in (*named, named[0]):
        ordering.mark_sent(user=shop.buyer, ref=order.ref, tx_hash=given)
    with pytest.raises(TooManyHashesError):
        ordering.mark_sent(user=shop.buyer, ref=order.ref, tx_hash=some_hash())
    order.refresh_from_db()
    assert (order.tx_hashes, shop.progress(order).state) == (named, State.SENT)


def test_refusals_of_too_many_are_answers_of_the_pages(shop: Shop) -> None:
    browser = Browser()
    browser.force_login(shop.buyer)
    order = shop.prepare()
    json = {"Accept": "application/json"}
    answers = [
        browser.post(f"{order.get_absolute_url()}/sent", {"tx_hash": some_hash()}, headers=json)
        for _ in range(MOST_HASHES + 1)
    ]
    assert [each.status_code for each in answers] == [204] * MOST_HASHES + [409]
    assert answers[-1].json()["code"] == "too-many-hashes"
    for number in range(1, MOST_ORDERS):
        shop.prepare(referrer=f"0x{number:040x}")
    refused = browser.post("/models/corner/chat/buy", {"plan": "1", "accept": "yes"})
    assert refused.status_code == 422
    assert "orders that could still be paid" in refused.content.decode()


def sent(shop: Shop, **changes: str) -> tuple[Order, str]:
    """An order whose transaction the wallet has reported."""
    order = shop.prepare()
    tx_hash = shop.pay(shop.open(order), **changes)
    ordering.mark_sent(user=shop.buyer, ref=order.ref, tx_hash=tx_hash)
    return order, tx_hash


def watched(shop: Shop, order: Order) -> State:
    """Watch twice, as two processes may, and return the state."""
    for _ in range(2):
        watchers.watch_orders(chain=shop.chain)
    return shop.progress(order).state


def test_a_reverted_transaction_is_told_with_its_reason(shop: Shop) -> None:
    order = shop.prepare()
    call = shop.open(order)
    shop.set_price(PRICE + 1)
    ordering.mark_sent(user=shop.buyer, ref=order.ref, tx_hash=shop.pay(call))
    assert watched(shop, order) == State.SENT  # its block is not indexed yet
    shop.index()
    assert watched(shop, order) == State.REVERTED
    assert "above the 0.02 ETH that was agreed to" in OrderView(shop.progress(order)).text


def test_another_transaction_in_its_place_is_replaced_and_a_speed_up_is_not(shop: Shop) -> None:
    shop.wait()
    order, tx_hash = sent(shop)
    assert watched(shop, order) == State.SENT
    nonce = shop.rpc.call("eth_getTransactionByHash", tx_hash)["nonce"]
    fees = {"nonce": nonce, "maxFeePerGas": hex(10**12), "maxPriorityFeePerGas": hex(10**11)}
    kept = shop.rpc.call("evm_snapshot")
    itself = {"from": shop.address(BUYER), "to": shop.address(BUYER), **fees}
    shop.rpc.call("eth_sendTransaction", itself)
    shop.index(1)
    assert watched(shop, order) == State.REPLACED
    shop.rpc.call("evm_revert", kept)
    faster = shop.pay(payment_call(order), **fees)
    shop.index(2)
    now = shop.progress(order)
    assert (now.state, now.tx_hash) == (State.CONFIRMING, faster)
    assert watchers.watch_orders(chain=shop.chain) == 0


def test_a_forgotten_transaction_is_dropped_after_five_blocks_and_can_still_come(shop: Shop) -> None:
    shop.wait()
    order, tx_hash = sent(shop)
    assert watched(shop, order) == State.SENT
    shop.rpc.call("anvil_dropTransaction", tx_hash)
    for _ in range(5):
        shop.index(1)
        assert watched(shop, order) == State.SENT
    shop.index(1)
    assert watched(shop, order) == State.DROPPED
    shop.pay(payment_call(order))
    shop.index(1)
    assert watched(shop, order) == State.CONFIRMING


def test_a_reorg_of_two_blocks_in_mid_purchase_ends_right(shop: Shop) -> None:
    order, _ = sent(shop)
    raw = payment_call(order)
    shop.index(1)
    assert shop.progress(order).confirmations == 1
    shop.wait()
    shop.rpc.call("anvil_reorg", 2, [])
    shop.rpc.call("anvil_dropAllTransactions")
    shop.index(1)
    assert Cursor.objects.get(chain=shop.chain).number
    assert watched(shop, order) == State.SENT
    shop.pay(raw)
    shop.index(1)
    assert watched(shop, order) == State.CONFIRMING
    shop.index(3)
    assert shop.progress(order).state == State.FINAL
    assert PurchaseFact.objects.filter(ref=order.ref).count() == 1
