"""What is earned, by whom, in which currency, is in the facts to the smallest unit, and the contracts say the same."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client as Browser

from accounts.models import User
from contracts.models import AcceptedToken, Verification
from contracts.names import COIN
from marketplace.money.buckets import earnings_of
from marketplace.money.credits import credits_of
from marketplace.money.ledger import ledger_of
from marketplace.money.payouts import prepare_withdrawal
from marketplace.onchain.models.listings import Plan
from marketplace.onchain.models.sales import PurchaseFact
from tests.marketplace.money.story import (
    DAY,
    OWNER,
    REFERRER,
    balance_in,
    buy,
    matches,
    split_in_three,
)
from tests.marketplace.shop import BUYER, OTHER, PERIOD, PRICE, SELLER, Shop


def test_sales_referrals_refunds_and_disputes_are_reckoned_as_the_contracts_keep_them(shop: Shop) -> None:
    split_in_three(shop)
    matches(shop)
    first = buy(shop, referred=True)
    part = PRICE * 50 // 10_000
    (bucket,) = earnings_of(shop.address(SELLER), shop.chain).buckets
    assert (bucket.gross, bucket.fee) == (PRICE - part, PRICE * 250 // 10_000 - part)
    assert [each.amount for each in earnings_of(shop.address(REFERRER), shop.chain).referrals] == [part]
    matches(shop)
    shop.send(BUYER, "ModelMarketplace", "refund", shop.model_id, shop.address(BUYER), first, part, 0)
    shop.index(1)
    assert earnings_of(shop.address(SELLER), shop.chain).buckets == []
    assert earnings_of(shop.address(REFERRER), shop.chain).referrals == []
    matches(shop)
    again = buy(shop, referred=True)
    shop.send(BUYER, "ModelMarketplace", "openDispute", shop.model_id, again, part, "evidence")
    shop.index(1)
    assert ledger_of(shop.chain, shop.chain.head()).held[COIN] == PRICE
    matches(shop)
    shop.send(BUYER, "ModelMarketplace", "closeDispute", shop.model_id, shop.address(BUYER), again, part)
    shop.index(1)
    matches(shop)
    assert [each.gross for each in earnings_of(shop.address(SELLER), shop.chain).buckets] == [PRICE - part]
    assert ledger_of(shop.chain, shop.chain.head()).held[COIN] == 0
    matches(shop)


def test_three_who_share_see_and_withdraw_their_parts_in_a_token(shop: Shop, client: Browser) -> None:
    dollar = AcceptedToken.objects.get(accepted=True).address
    month = {"plan": Plan.SUBSCRIPTION, "token": dollar, "price": 9_999_999, "period": PERIOD}
    shop.send(SELLER, "ModelMarketplace", "setPlan", shop.model_id, month)
    split_in_three(shop)
    shop.send(BUYER, "DemoDollar", "faucet")
    shop.send(BUYER, "DemoDollar", "approve", shop.chain.deployment["RevenueSplitter"], 10**9)
    buy(shop, token=dollar, plan=Plan.SUBSCRIPTION)
    fee = 9_999_999 * 250 // 10_000
    rest = 9_999_999 - fee
    small = rest * 3_333 // 10_000
    for owner in (OTHER, OWNER):
        (share,) = earnings_of(shop.address(owner), shop.chain).shares
        assert (share.amount, share.bucket.token) == (small, dollar)
    client.force_login(User.objects.create(address=shop.address(OWNER)))
    assert "You have a share in" in client.get("/sell/").content.decode()
    shop.rpc.call("evm_increaseTime", 9 * DAY)
    shop.index(1)
    (share,) = earnings_of(shop.address(OWNER), shop.chain).shares
    fields = {name: getattr(share.bucket, name) for name in ("model_id", "token", "split_hash", "day")}
    call = client.post("/sell/anvil/distribute", fields, headers={"Accept": "application/json"}).json()
    shop.submit({"from": shop.address(OWNER), "to": call["to"], "data": call["data"]})
    shop.index(3)
    for owner, amount in ((SELLER, rest - 2 * small), (OTHER, small), (OWNER, small)):
        user = User.objects.get_or_create(address=shop.address(owner))[0]
        assert [(each.token, each.balance.available) for each in credits_of(user.address, shop.chain)] == [
            (dollar, amount)
        ]
        shop.pay(prepare_withdrawal(user=user, chain=shop.chain, token=dollar))
        shop.index(1)
        assert balance_in(shop, dollar, user.address) == amount
    shop.index(3)
    matches(shop)
    page = client.get("/sell/").content.decode()
    assert "Matches the chain at block" in page
    assert "DEMOUSD" in page


def test_a_figure_that_is_wrong_is_named(shop: Shop) -> None:
    buy(shop)
    PurchaseFact.objects.update(paid=PRICE + 1)
    said = StringIO()
    with pytest.raises(CommandError, match="does not match"):
        call_command("verify_money", "--at", str(shop.chain.head()), stdout=said)
    assert f"gross is {PRICE + 1} here and {PRICE} on chain" in said.getvalue().replace(".gross", "gross")
    assert Verification.objects.get().differences
