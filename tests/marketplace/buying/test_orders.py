"""An order from the first press of the button to what became of it, on a real chain."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from marketplace.buying import ordering
from marketplace.buying.order_view import OrderView
from marketplace.buying.orders import Order
from marketplace.buying.paying import payment_call
from marketplace.buying.states import Outcome, State
from marketplace.listings.models import Listing
from marketplace.listings.runtime import ListingRuntime, RuntimeState
from marketplace.onchain.entitlements import Kind, entitlement, holdings
from marketplace.onchain.models.listings import ListingState, Plan
from marketplace.onchain.models.sales import PurchaseFact
from marketplace.search.search import Search
from tests.marketplace.shop import MONTH, OTHER, PRICE, SELLER, Shop

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


def test_a_local_chain_that_comes_back_shorter_confirms_a_purchase_anew(shop: Shop) -> None:
    """As the demo's chain does, which goes on from its last copy after a kill: final until that is read, then not."""
    order = shop.prepare()
    shop.pay(payment_call(order))
    kept = shop.rpc.call("evm_snapshot")
    shop.index(3)
    shop.rpc.call("evm_revert", kept)
    assert shop.progress(order).state == State.FINAL  # pages go by what is indexed
    shop.index()
    assert (shop.progress(order).state, shop.progress(order).confirmations) == (State.CONFIRMING, 0)
    assert not entitlement(shop.buyer.address, shop.chain, shop.model_id)
    shop.index(3)
    assert shop.progress(order).state == State.FINAL
    assert [each.passes for each in holdings(shop.buyer.address, shop.chain)] == [1]


def test_a_purchase_by_somebody_else_under_the_same_ref_pays_nothing(shop: Shop) -> None:
    order = shop.prepare()
    call = payment_call(order)
    shop.pay(call, **{"from": shop.address(OTHER)})
    shop.index(3)
    assert PurchaseFact.objects.filter(ref=order.ref).exists()
    assert shop.progress(order).state == State.PREPARED


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
    assert '<p class="lede" dir="auto">It talks.</p>' in client.get("/models/corner/chat").content.decode()
    assert '<p class="small" dir="auto">It talks.</p>' in client.get("/models?view=grid&q=corner").content.decode()
