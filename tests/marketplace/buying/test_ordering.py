"""What is kept before the wallet opens, and what is refused before it does."""

from __future__ import annotations

import pytest

from contracts.errors import RevertedError, TooLittleBalanceError
from marketplace.buying import ordering
from marketplace.buying.errors import LicenceNotAcceptedError, OrderClosedError, PriceMovedError
from marketplace.buying.states import State
from marketplace.listings.errors import NotForSaleError
from marketplace.listings.runtime import ListingRuntime, RuntimeState
from marketplace.onchain.models.listings import Plan
from tests.marketplace.shop import BUYER, PRICE, SELLER, Shop

HASH = "0x" + "ab" * 32


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


def test_what_cannot_be_bought_is_refused_in_a_sentence(shop: Shop) -> None:
    with pytest.raises(LicenceNotAcceptedError):
        ordering.prepare_order(user=shop.buyer, listing=shop.listing, plan=0, quantity=1, accept_licence=False)
    for plan, quantity in ((Plan.SUBSCRIPTION, 13), (Plan.LASTING, 0), (Plan.METERED, 1)):
        with pytest.raises(NotForSaleError):
            shop.prepare(plan, quantity)
    ListingRuntime.objects.update(state=RuntimeState.DOWN)
    with pytest.raises(NotForSaleError, match="does not answer"):
        shop.prepare()


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
