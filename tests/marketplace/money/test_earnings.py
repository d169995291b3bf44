"""What is earned, by whom, in which currency, is in the facts to the smallest unit, and the contracts say the same."""

from __future__ import annotations

import threading
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone
from eth_account import Account as Keys

from accounts.models import User
from contracts.chain import codec
from contracts.chain.transactions import account_of
from contracts.errors import RevertedError
from contracts.models import AcceptedToken, Chain, SentTransaction, Verification
from contracts.names import COIN
from marketplace.money.buckets import earnings_of
from marketplace.money.credits import credits_of
from marketplace.money.keeper import distribute_matured
from marketplace.money.ledger import ledger_of
from marketplace.money.payouts import prepare_referral_distribution, prepare_withdrawal
from marketplace.money.verification import totals_at
from marketplace.onchain.models.listings import Plan
from marketplace.onchain.models.sales import CreditFact, PurchaseFact
from tests.marketplace.shop import BUYER, OTHER, PERIOD, PRICE, SELLER, Shop

DAY = 86_400
OWNER, REFERRER, KEEPER = 5, 6, 1
Keys.enable_unaudited_hdwallet_features()
KEEPER_KEY = Keys.from_mnemonic("test " * 11 + "junk", account_path="m/44'/60'/0'/0/1").key.to_0x_hex()


def buy(shop: Shop, who: int = BUYER, token: str = COIN, referred: bool = False, **changes: Any) -> dict[str, Any]:
    """Buy by an order of one's own, and return the purchase as a refund names it."""
    order = {
        "modelId": shop.model_id, "plan": Plan.LASTING, "quantity": 1, "recipient": shop.address(who), "token": token,
        "maxPrice": 10**20, "deadline": 2**60, "referrer": shop.address(REFERRER) if referred else COIN,
        "ref": "0x" + "5" * 64, **changes,
    }  # fmt: skip
    data = _data("ModelMarketplace", "purchase", order)
    sent = {"from": shop.address(who), "to": shop.chain.deployment["ModelMarketplace"], "data": data}
    value = 0 if token != COIN else 10**18
    shop.submit({**sent, "value": hex(value), "gas": hex(900_000)})
    shop.index(1)
    fact = PurchaseFact.objects.latest("block_number")
    return {
        "recipient": fact.recipient, "token": fact.token, "referrer": fact.referrer, "plan": fact.plan,
        "quantity": fact.quantity, "maturityDay": fact.maturity_day, "paid": fact.paid, "fee": fact.fee,
        "splitHash": fact.split_hash,
    }  # fmt: skip


def matches(shop: Shop) -> None:
    """Assert that every figure is the contracts', and that the splitter has what it owes and nothing else."""
    said = StringIO()
    call_command("verify_money", "--at", str(shop.chain.head()), stdout=said)
    assert "values compared" in said.getvalue()
    for total in totals_at(shop.chain, shop.chain.head()):
        assert total.balance == total.owed


def split_in_three(shop: Shop) -> None:
    recipients = [shop.address(number) for number in (SELLER, OTHER, OWNER)]
    shop.send(SELLER, "RevenueSplitter", "setSplit", shop.model_id, recipients, [3_334, 3_333, 3_333])


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
    assert "You share in" in client.get("/sell/").content.decode()
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
        assert _balance(shop, dollar, user.address) == amount
    shop.index(3)
    matches(shop)
    page = client.get("/sell/").content.decode()
    assert "Matches the chain at block" in page
    assert "DEMOUSD" in page


def test_the_keeper_distributes_what_has_matured_once(shop: Shop) -> None:
    keeper = account_of(KEEPER_KEY)
    buy(shop, referred=True)
    assert distribute_matured(chain=shop.chain, keeper=keeper) == 0
    shop.rpc.call("evm_increaseTime", 9 * DAY)
    shop.index(4)
    with pytest.MonkeyPatch.context() as clock:
        clock.setattr("marketplace.money.keeper.today", lambda: _chain_day(shop))
        assert distribute_matured(chain=shop.chain, keeper=keeper) == 2
        assert distribute_matured(chain=shop.chain, keeper=keeper) == 2  # not indexed yet: the very same ones
        assert SentTransaction.objects.filter(sender=keeper.address.lower()).count() == 2
        shop.index(4)
        assert distribute_matured(chain=shop.chain, keeper=keeper) == 0
    assert CreditFact.objects.filter(account=shop.address(REFERRER)).count() == 1
    user = User.objects.create(address=shop.address(REFERRER))
    shop.pay(prepare_withdrawal(user=user, chain=shop.chain))
    shop.index(4)
    matches(shop)


def test_the_command_distributes_compares_and_forgets_what_is_old(
    shop: Shop, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    buy(shop)
    shop.rpc.call("evm_increaseTime", 9 * DAY)
    shop.index(4)
    call_command("keep_payouts", "--once")  # without a key it only compares
    (made,) = Verification.objects.all()
    assert (made.block_number, made.differences) == (shop.chain.final_block(), [])
    assert not SentTransaction.objects.filter(sender=account_of(KEEPER_KEY).address.lower()).exists()
    Verification.objects.update(made_at=timezone.now() - timedelta(days=8))
    settings.KEEPER_KEY = KEEPER_KEY
    with pytest.MonkeyPatch.context() as clock:
        clock.setattr("marketplace.money.keeper.today", lambda: _chain_day(shop))
        call_command("keep_payouts", "--once")
    shop.index(4)
    assert CreditFact.objects.filter(account=shop.address(SELLER)).count() == 1
    assert Verification.objects.count() == 1
    Chain.objects.update(rpc_urls=["http://127.0.0.1:9"])
    call_command("keep_payouts", "--once")
    assert "were not kept" in caplog.text


def test_a_referrers_part_and_credit_are_pages_to_copy_from(shop: Shop, client: Browser) -> None:
    buy(shop, referred=True)
    user = User.objects.create(address=shop.address(REFERRER))
    client.force_login(user)
    (referral,) = earnings_of(user.address, shop.chain).referrals
    where: dict[str, Any] = {"token": COIN, "day": referral.day}
    assert client.post("/sell/anvil/distribute-referral", {"token": "x"}).status_code == 404
    shop.rpc.call("evm_increaseTime", 9 * DAY)
    shop.index(1)
    page = client.post("/sell/anvil/distribute-referral", where).content.decode()
    call = prepare_referral_distribution(user=user, chain=shop.chain, **where)
    assert f">{call.data}</code>" in page
    assert client.post("/sell/anvil/withdraw", {"token": "x"}).status_code == 404


def test_two_keepers_at_once_send_one_transaction(committed: Shop, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        shop, keeper = committed, account_of(KEEPER_KEY)
        buy(shop)
        shop.rpc.call("evm_increaseTime", 9 * DAY)
        shop.index(4)
        day, sent = _chain_day(shop), []

        def run() -> None:
            sent.append(distribute_matured(chain=shop.chain, keeper=keeper))
            connection.close()

        with pytest.MonkeyPatch.context() as clock:
            clock.setattr("marketplace.money.keeper.today", lambda: day)
            both = [threading.Thread(target=run) for _ in range(2)]
            for each in both:
                each.start()
            for each in both:
                each.join()
        assert sent == [1, 1]
        assert SentTransaction.objects.filter(sender=keeper.address.lower()).count() == 1
        SentTransaction.objects.all().delete()


def test_a_figure_that_is_wrong_is_named(shop: Shop) -> None:
    buy(shop)
    PurchaseFact.objects.update(paid=PRICE + 1)
    said = StringIO()
    with pytest.raises(CommandError, match="does not match"):
        call_command("verify_money", "--at", str(shop.chain.head()), stdout=said)
    assert f"gross is {PRICE + 1} here and {PRICE} on chain" in said.getvalue().replace(".gross", "gross")
    assert Verification.objects.get().differences


def test_nothing_of_another_referrers_is_prepared(shop: Shop) -> None:
    buy(shop, referred=True)
    user = User.objects.create(address=shop.address(REFERRER))
    (referral,) = earnings_of(user.address, shop.chain).referrals
    with pytest.raises(RevertedError, match="can still be refunded"):
        prepare_referral_distribution(user=user, chain=shop.chain, token=COIN, day=referral.day)


def _chain_day(shop: Shop) -> int:
    return int(shop.rpc.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16) // DAY


def _data(contract: str, function: str, *args: Any) -> str:
    return codec.call_data(contract, function, args)


def _balance(shop: Shop, token: str, address: str) -> int:
    return int(shop.rpc.eth_call(token, _data("DemoDollar", "balanceOf", address)), 16)
