"""An order is paid once, however often its wallet is asked; and where it is not, everything says so."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from contracts.chain.preflight import WalletCall
from contracts.names import COIN
from marketplace.buying import ordering
from marketplace.buying.errors import OrderClosedError, OrderSettlingError, PromptOpenError
from marketplace.buying.order_view import OrderView
from marketplace.buying.orders import Order
from marketplace.buying.paying import payment_call
from marketplace.buying.states import State
from marketplace.money.buckets import earnings_of
from marketplace.onchain.entitlements import holdings, subscription_expiry
from marketplace.onchain.models.listings import Plan
from marketplace.onchain.models.sales import PurchaseFact
from marketplace.selling.sales import sold_by
from tests.marketplace.shop import BUYER, GAS, MONTH, PERIOD, PRICE, SELLER, Shop

JSON = {"Accept": "application/json"}


def used_nonces(shop: Shop, block: str = "latest") -> int:
    return int(shop.rpc.call("eth_getTransactionCount", shop.address(BUYER), block), 16)


def spend_a_nonce(shop: Shop) -> None:
    """Have the buyer send something else."""
    shop.rpc.call("eth_sendTransaction", {"from": shop.address(BUYER), "to": shop.address(BUYER), "gas": hex(GAS)})


def ignoring(call: WalletCall) -> WalletCall:
    """Return the call as it is sent by a wallet that counts for itself."""
    return WalletCall(call.chain, call.sender, call.to, call.data, call.value)


def test_one_prompt_is_open_until_who_has_seen_it_takes_over(shop: Shop) -> None:
    order = shop.prepare()
    first = shop.open(order)
    with pytest.raises(PromptOpenError):
        shop.open(order)  # a second tab, or a reload
    with pytest.raises(PromptOpenError):
        shop.open(order, "0" * 32)
    second = shop.open(order, first.prompt)
    with pytest.raises(PromptOpenError):
        shop.open(order, first.prompt)  # of two that take over at once one comes late
    assert second.prompt != first.prompt
    assert second.for_wallet() == {**first.for_wallet(), "prompt": second.prompt}


def test_two_confirmed_prompts_are_mined_once(shop: Shop) -> None:
    shop.wait()
    order = shop.prepare()
    first = shop.open(order)
    second = shop.open(order, first.prompt)
    assert first.nonce == second.nonce == used_nonces(shop)
    shop.pay(first)
    faster = {"maxFeePerGas": hex(10**12), "maxPriorityFeePerGas": hex(10**11)}
    shop.pay(second, **faster)
    shop.index(3)
    assert PurchaseFact.objects.filter(ref=order.ref).count() == 1
    assert shop.progress(order).paid == PRICE


def test_a_no_to_a_prompt_that_was_taken_over_cancels_nothing(shop: Shop) -> None:
    order = shop.prepare()
    first = shop.open(order)
    second = shop.open(order, first.prompt)
    ordering.mark_cancelled(user=shop.buyer, ref=order.ref, prompt=first.prompt)
    assert shop.progress(order).state == State.AWAITING
    ordering.mark_cancelled(user=shop.buyer, ref=order.ref, prompt=second.prompt)
    assert shop.progress(order).state == State.CANCELLED


def test_the_nonce_stays_until_the_index_knows_what_used_it(shop: Shop) -> None:
    shop.index()
    order = shop.prepare()
    first = shop.open(order)
    spend_a_nonce(shop)
    with pytest.raises(OrderSettlingError):
        shop.open(order, first.prompt)  # it is in a block that is not indexed: it may be the payment
    shop.index()
    assert first.nonce is not None
    assert shop.open(order, first.prompt).nonce == first.nonce + 1


def test_what_waits_in_the_pool_may_be_the_payment(shop: Shop) -> None:
    shop.index()
    order = shop.prepare()
    first = shop.open(order)
    shop.wait()
    shop.pay(ignoring(first))  # confirmed, and the tab was closed before it could tell
    with pytest.raises(OrderSettlingError, match="may be this very payment"):
        shop.open(order, first.prompt)
    shop.index(1)
    with pytest.raises(OrderClosedError):
        shop.open(order, first.prompt)
    assert shop.progress(order).state == State.CONFIRMING


def pay_twice(shop: Shop, plan: Plan, quantity: int) -> tuple[Order, list[str]]:
    """Pay an order by a wallet that ignores the nonce and is told yes twice."""
    order = shop.prepare(plan, quantity)
    call = ignoring(shop.open(order))
    hashes = [shop.pay(call), shop.pay(call)]
    ordering.mark_sent(user=shop.buyer, ref=order.ref, tx_hash=hashes[0])
    shop.index(3)
    return order, hashes


def test_what_was_paid_twice_is_said_and_counts_twice(shop: Shop, client: Browser) -> None:
    order, hashes = pay_twice(shop, Plan.LASTING, 1)
    now = shop.progress(order)
    assert (now.state, now.paid, [fact.tx_hash for fact in now.facts]) == (State.FINAL, 2 * PRICE, hashes)
    (held,) = holdings(shop.buyer.address, shop.chain)
    assert held.passes == OrderView(now).bought == 2
    earnings = earnings_of(shop.address(SELLER), shop.chain)
    (bucket,) = earnings.buckets
    assert (bucket.gross, bucket.sales) == (2 * PRICE, 2)
    assert {fact.tx_hash for fact in sold_by(shop.address(SELLER), (shop.chain.pk, COIN)).items} == set(hashes)
    client.force_login(shop.buyer)
    page = client.get(order.get_absolute_url()).content.decode()
    assert "Your wallet has paid this order 2 times. That bought 2 passes in all." in " ".join(page.split())
    assert all(f"/tx/anvil/{each}" in page for each in hashes)
    assert f'<data value="{2 * PRICE}"' in page
    account = client.get("/account/").content.decode()
    assert "paid 2 times" in account
    assert "Lasting access, 2 passes" in " ".join(account.split())
    assert f'<data value="{2 * PRICE}"' in account


def test_a_subscription_that_was_paid_twice_is_twice_as_long(shop: Shop, client: Browser) -> None:
    order, _ = pay_twice(shop, Plan.SUBSCRIPTION, 3)
    now = shop.progress(order)
    assert (now.paid, OrderView(now).bought) == (6 * MONTH, 6)
    end = subscription_expiry(shop.buyer.address, shop.chain, shop.model_id)
    assert end is not None
    assert end.timestamp() == now.facts[0].time.timestamp() + 6 * PERIOD
    client.force_login(shop.buyer)
    page = client.get(order.get_absolute_url()).content.decode()
    assert "That bought 6 periods of 30 days in all, one after the other." in page


def test_a_second_payment_moves_on_its_own(shop: Shop) -> None:
    order = shop.prepare()
    call = ignoring(shop.open(order))
    shop.pay(call)
    shop.index(3)
    assert not shop.progress(order).moves_with_blocks
    shop.pay(call)
    shop.index(1)
    now = shop.progress(order)
    assert (now.state, now.moves_with_blocks) == (State.FINAL, True)
    assert [payment.state for payment in OrderView(now).payments] == ["final", "confirming 1/3"]


def test_the_requests_carry_the_prompt(shop: Shop, client: Browser) -> None:
    url = shop.prepare().get_absolute_url()
    client.force_login(shop.buyer)
    call = client.post(f"{url}/open", headers=JSON).json()
    assert call["nonce"] == used_nonces(shop)
    assert f'data-prompt="{call["prompt"]}"' in client.get(url).content.decode()
    again = client.post(f"{url}/open", headers=JSON)
    assert (again.status_code, again.json()["code"]) == (409, "prompt-open")
    for action in ("open", "cancelled"):
        assert client.post(f"{url}/{action}", {"prompt": "x"}, headers=JSON).status_code == 422
    assert client.post(f"{url}/cancelled", headers=JSON).status_code == 204
    assert "Your wallet is asking you" in client.get(url).content.decode()
    assert client.post(f"{url}/cancelled", {"prompt": call["prompt"]}, headers=JSON).status_code == 204
    assert "You cancelled" in client.get(url).content.decode()


def test_without_javascript_a_payment_is_a_page_to_copy_from(shop: Shop, client: Browser) -> None:
    order = shop.prepare()
    client.force_login(shop.buyer)
    page = client.post(f"{order.get_absolute_url()}/open", {"prompt": ""}).content.decode()
    call = payment_call(order)
    assert f">{call.data}</code>" in page
    assert f"({PRICE} wei)" in page
    assert "purchase((bytes32,uint8,uint32,address,address,uint256,uint64,address,bytes32))" in page
    assert order.ref in page
    shop.pay(call)
    shop.index(3)
    assert shop.progress(order).state == State.FINAL
