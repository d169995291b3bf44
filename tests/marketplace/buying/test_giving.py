"""Whom access can be given to."""

from __future__ import annotations

import pytest

from contracts.names import COIN
from marketplace.buying.errors import RecipientRefusedError, ReferrerRefusedError
from marketplace.buying.paying import payment_call
from marketplace.buying.states import State
from marketplace.onchain.entitlements import Kind, entitlement
from marketplace.onchain.models.sales import PurchaseFact
from marketplace.returns.actions import prepare_refund
from tests.marketplace.shop import BUYER, OTHER, SELLER, Shop

CONTRACT, DELEGATED = 7, 8  # of anvil's accounts, whose code the tests set


def test_what_is_given_is_the_recipients_and_can_be_refunded_by_its_buyer(shop: Shop) -> None:
    order = shop.prepare(recipient=shop.address(OTHER))
    assert (order.is_gift, order.receiver) == (True, shop.address(OTHER))
    shop.pay(payment_call(order))
    shop.index(3)
    assert shop.progress(order).state is State.FINAL
    held = {who: entitlement(shop.address(who), shop.chain, shop.model_id).kind for who in (BUYER, OTHER)}
    assert held == {BUYER: Kind.NONE, OTHER: Kind.PASS}
    shop.pay(prepare_refund(user=shop.buyer, ref=order.ref))
    shop.index(3)
    assert shop.progress(order).state is State.REFUNDED
    assert not entitlement(shop.address(OTHER), shop.chain, shop.model_id)


def test_the_same_for_somebody_else_is_another_order(shop: Shop) -> None:
    own, given = shop.prepare(), shop.prepare(recipient=shop.address(OTHER))
    assert own != given
    assert shop.prepare(recipient=shop.address(OTHER)) == given
    assert shop.prepare(recipient=shop.address(5)) != given


def test_access_is_given_to_no_contract_but_to_an_account_that_runs_one(shop: Shop) -> None:
    shop.rpc.call("anvil_setCode", shop.address(CONTRACT), "0x60")
    shop.rpc.call("anvil_setCode", shop.address(DELEGATED), "0xef0100" + "12" * 20)
    refused = {
        shop.address(BUYER): "your own address",
        shop.address(SELLER): "the seller’s address",
        shop.chain.deployment["ModelMarketplace"]: "a contract",
        shop.address(CONTRACT): "a contract",
    }
    for recipient, reason in refused.items():
        with pytest.raises(RecipientRefusedError, match=reason):
            shop.prepare(recipient=recipient)
    assert shop.prepare(recipient=shop.address(DELEGATED)).recipient == shop.address(DELEGATED)
    assert shop.prepare(recipient=COIN).receiver == shop.address(BUYER)


def test_who_is_given_access_is_not_the_referrer_of_it(shop: Shop) -> None:
    with pytest.raises(ReferrerRefusedError):
        shop.prepare(recipient=shop.address(OTHER), referrer=shop.address(OTHER))
    assert not PurchaseFact.objects.exists()
