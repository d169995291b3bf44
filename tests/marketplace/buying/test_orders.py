"""An order from the first press of the button to what became of it, on a real chain."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from contracts.errors import RevertedError, TooLittleBalanceError
from contracts.models import Cursor
from marketplace.buying import ordering, watchers
from marketplace.buying.errors import LicenceNotAcceptedError, OrderClosedError, OrderNotFoundError, PriceMovedError
from marketplace.buying.order_view import OrderView
from marketplace.buying.orders import Order, Outcome, State
from marketplace.buying.paying import payment_call
from marketplace.listings.errors import NotForSaleError
from marketplace.listings.models import Listing
from marketplace.listings.runtime import ListingRuntime, RuntimeState
from marketplace.onchain.entitlements import Kind, entitlement, holdings
from marketplace.onchain.models.listings import ListingState, Plan
from marketplace.onchain.models.sales import PurchaseFact
from marketplace.search.search import Search
from tests.marketplace.shop import BUYER, MONTH, OTHER, PRICE, SELLER, Shop

HASH = "0x" + "ab" * 32


def test_a_purchase_is_prepared_sent_confirming_and_yours(shop: Shop) -> None:
    order = shop.prepare()
    assert shop.progress(order).state == State.PREPARED
    call = shop.open(order)
    assert (call.value, shop.progress(order).state) == (PRICE, State.AWAITING)
    sent = shop.pay(call)
    ordering.mark_sent(user=shop.buyer, ref=order.ref, tx_hash=sent)
    assert shop.progress(order).state == State.SENT
    shop.index()
    for confirmations in range(3):
        now = shop.progress(order)
        assert (now.state, now.confirmations, now.tx_hash) == (State.CONFIRMING, confirmations, sent)
        assert not entitlement(shop.buyer.address, shop.chain, shop.model_id)
        shop.index(1)
    assert shop.progress(order).state == State.FINAL
    assert entitlement(shop.buyer.address, shop.chain, shop.model_id).kind == Kind.PASS
    assert [(each.model_id, each.passes) for each in holdings(shop.buyer.address, shop.chain)] == [(shop.model_id, 1)]


def test_a_purchase_that_nobody_reported_is_found_by_its_ref(shop: Shop) -> None:
    order = shop.prepare(Plan.SUBSCRIPTION, 3)
    shop.pay(payment_call(order))
    shop.index(3)
    now = shop.progress(order)
    assert (now.state, now.fact and now.fact.paid) == (State.FINAL, 3 * MONTH)
    assert entitlement(shop.buyer.address, shop.chain, shop.model_id).kind == Kind.SUBSCRIPTION


def test_a_purchase_by_somebody_else_under_the_same_ref_pays_nothing(shop: Shop) -> None:
    order = shop.prepare()
    call = payment_call(order)
    shop.pay(call, **{"from": shop.address(OTHER)})
    shop.index(3)
    assert PurchaseFact.objects.filter(ref=order.ref).exists()
    assert shop.progress(order).state == State.PREPARED


def test_preparing_twice_is_one_order_until_it_is_opened(shop: Shop) -> None:
    order = shop.prepare()
    assert shop.prepare() == order
    assert shop.prepare(Plan.SUBSCRIPTION) != order
    shop.open(order)
    assert shop.prepare() != order  # this one is in the wallet already


def test_a_hash_counts_once_and_outweighs_an_earlier_no(shop: Shop) -> None:
    order = shop.prepare()
    ordering.mark_cancelled(user=shop.buyer, ref=order.ref)
    assert shop.progress(order).state == State.CANCELLED
    with pytest.raises(OrderClosedError):
        shop.open(order)
    for given in (HASH, HASH.upper().replace("X", "x")):
        ordering.mark_sent(user=shop.buyer, ref=order.ref, tx_hash=given)
    ordering.mark_cancelled(user=shop.buyer, ref=order.ref)  # in another tab, too late
    order.refresh_from_db()
    assert (order.tx_hashes, shop.progress(order).state) == ([HASH], State.SENT)


@pytest.mark.parametrize(
    ("hints", "state"),
    [
        ({}, State.EXPIRED),
        ({"awaiting_since": timezone.now()}, State.EXPIRED),
        ({"outcome": Outcome.CANCELLED}, State.CANCELLED),
        ({"tx_hashes": [HASH]}, State.SENT),
        *[({"tx_hashes": [HASH], "outcome": each}, State(each)) for each in ("reverted", "replaced", "dropped")],
    ],
)
def test_after_the_deadline_only_what_was_sent_is_still_open(shop: Shop, hints: dict[str, Any], state: State) -> None:
    order = shop.prepare()
    Order.objects.filter(pk=order.pk).update(deadline=timezone.now() - timedelta(seconds=1), **hints)
    now = shop.progress(order)
    assert now.state == state
    view = OrderView(now)
    assert view.text
    assert len(view.steps()) == 5
    assert view.can_try_again != (state == State.SENT)


def test_what_cannot_be_bought_is_refused_in_a_sentence(shop: Shop) -> None:
    with pytest.raises(LicenceNotAcceptedError):
        ordering.prepare_order(user=shop.buyer, listing=shop.listing, plan=0, quantity=1, accept_licence=False)
    for plan, quantity in ((Plan.SUBSCRIPTION, 13), (Plan.LASTING, 0), (Plan.METERED, 1)):
        with pytest.raises(NotForSaleError):
            shop.prepare(plan, quantity)
    ListingRuntime.objects.update(state=RuntimeState.DOWN)
    with pytest.raises(NotForSaleError, match="does not answer"):
        shop.prepare()


def test_for_sale_in_a_search_is_for_sale_on_the_page(shop: Shop) -> None:
    def on_sale() -> list[str]:
        return [each.name for each in Search(chosen={"availability": ["for-sale"]}).page(limit=9).items]

    assert on_sale() == ["corner/chat"]
    assert Search(sort="cheapest").page(limit=1).items[0].name == "corner/chat"
    first, second = Search().page(limit=2).items
    assert (first.name, second) == ("corner/chat", Search(sort="newest").page(limit=1).items[0])
    for sort in ("running", "cheapest"):  # what is for sale and the rest are two lists, and one walk
        page = Search(sort=sort).page(limit=1)
        walked = [each.pk for each in page.items]
        while page.next:
            page = Search(sort=sort).page(limit=700, cursor=page.next)
            walked += [each.pk for each in page.items]
        assert walked[0] == shop.listing.pk
        assert sorted(walked) == sorted(Search().listings().values_list("pk", flat=True))
    ListingRuntime.objects.update(state=RuntimeState.WARMING)
    assert (on_sale(), shop.listing.purchasable) == ([], False)
    ListingRuntime.objects.update(state=RuntimeState.READY)
    shop.send(SELLER, "ModelMarketplace", "pauseListing", shop.model_id)
    shop.index()
    assert (on_sale(), shop.listing.purchasable) == ([], False)
    assert shop.listing.offer
    assert shop.listing.offer.onchain.state == ListingState.PAUSED
    assert Listing.objects.exclude(name="corner/chat")[0].purchase_refusal.startswith("This is a reference")


def test_what_its_owner_says_of_a_listing_stands_on_its_page_and_card(shop: Shop, client: Browser) -> None:
    assert shop.listing.facts["summary"] == "It talks."
    assert '<p class="lede">It talks.</p>' in client.get("/models/corner/chat").content.decode()
    assert '<p class="small">It talks.</p>' in client.get("/models?view=grid&q=corner").content.decode()


def test_a_moved_price_is_found_before_the_wallet_opens(shop: Shop) -> None:
    order = shop.prepare()
    shop.set_price(PRICE * 2)
    with pytest.raises(PriceMovedError) as refused:
        shop.open(order)
    assert refused.value.data == {"price": str(PRICE * 2)}
    assert "0.02 ETH to 0.04 ETH" in str(refused.value.detail)
    assert shop.progress(order).state == State.PREPARED
    assert shop.prepare().price == PRICE * 2


def test_a_pause_and_an_empty_wallet_are_found_before_the_wallet_opens(shop: Shop) -> None:
    order = shop.prepare()
    shop.rpc.call("anvil_setBalance", shop.address(BUYER), hex(PRICE))
    with pytest.raises(TooLittleBalanceError, match=r"has 0\.02 ETH on Anvil, and this needs 0\.02"):
        shop.open(order)
    shop.rpc.call("anvil_setBalance", shop.address(BUYER), hex(10**18))
    shop.send(SELLER, "ModelMarketplace", "pauseListing", shop.model_id)
    with pytest.raises(RevertedError, match="paused by its seller"):
        shop.open(order)


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


def test_only_the_buyer_sees_and_drives_an_order(shop: Shop, client: Browser) -> None:
    order = shop.prepare()
    url = order.get_absolute_url()
    stranger = type(shop.buyer).objects.create(address=shop.address(OTHER))
    assert client.get(url).status_code == 302
    client.force_login(stranger)
    assert client.get(url).status_code == 404
    for action in ("open", "cancelled", "again"):
        assert client.post(f"{url}/{action}").status_code == 404
    assert client.post(f"{url}/sent", {"tx_hash": HASH}).status_code == 404
    with pytest.raises(OrderNotFoundError):
        ordering.mark_cancelled(user=stranger, ref=order.ref)
    assert shop.progress(order).state == State.PREPARED


def test_the_pages_walk_through_a_purchase(shop: Shop, client: Browser) -> None:
    page = client.get("/models/corner/chat").content.decode()
    assert "Connect a wallet to buy" in page
    client.force_login(shop.buyer)
    assert "Nothing yet" in client.get("/account/").content.decode()
    refused = client.post("/models/corner/chat/buy", {"plan": "0"})
    assert refused.status_code == 422
    assert "Accept the licence first" in refused.content.decode()
    assert client.post("/models/corner/chat/buy", {"plan": "9", "accept": "yes"}).status_code == 422
    bought = client.post("/models/corner/chat/buy", {"plan": "1", "periods": "2", "accept": "yes"})
    url = bought["Location"]
    assert "Open your wallet" in client.get(url).content.decode()
    call = client.post(f"{url}/open", headers={"Accept": "application/json"}).json()
    assert (call["value"], call["chainId"]) == (str(2 * MONTH), 31337)
    assert client.post(f"{url}/sent", {"tx_hash": "0x12"}).status_code == 422
    tx_hash = shop.rpc.call(
        "eth_sendTransaction",
        {"from": shop.address(BUYER), "to": call["to"], "data": call["data"], "value": hex(int(call["value"]))},
    )
    assert client.post(f"{url}/sent", {"tx_hash": tx_hash}).status_code == 204
    shop.index(1)
    assert "Confirming, 1 of 3 blocks" in client.get(url).content.decode()
    shop.index(2)
    assert "It is yours" in client.get(url).content.decode()
    account = client.get("/account/").content.decode()
    assert "corner/chat" in account
    assert "subscription" in account
    assert "AccessPurchased" in client.get(f"/tx/anvil/{tx_hash}").content.decode()
    assert "No event of this marketplace" in client.get(f"/tx/anvil/{HASH}").content.decode()
    again = client.post(f"{url}/again")
    assert again["Location"] not in (url, "")
