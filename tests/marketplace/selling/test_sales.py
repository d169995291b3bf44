"""What a seller earns arrives to the wei, by the seller's own wallet."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser

from accounts.models import User
from contracts.errors import RevertedError
from marketplace.buying.paying import payment_call
from marketplace.money.buckets import earnings_of
from marketplace.money.credits import balance_of
from marketplace.money.errors import BucketNotFoundError
from marketplace.money.payouts import prepare_distribution, prepare_withdrawal
from marketplace.onchain.models.listings import Plan
from tests.marketplace.shop import GAS, MONTH, PRICE, SELLER, Shop

DAY = 86_400
JSON = {"Accept": "application/json"}


def test_a_sale_matures_is_distributed_and_withdrawn_to_the_wei(shop: Shop, client: Browser) -> None:
    seller = User.objects.get(address=shop.address(SELLER))
    for order in (shop.prepare(), shop.prepare(Plan.SUBSCRIPTION, 3)):
        shop.pay(payment_call(order))
    shop.index(1)
    (bucket,) = earnings_of(seller.address, shop.chain).buckets
    gross = PRICE + 3 * MONTH
    fee = PRICE * 250 // 10_000 + 3 * MONTH * 250 // 10_000
    assert (bucket.gross, bucket.fee, bucket.sales) == (gross, fee, 2)
    where: dict[str, Any] = {"model_id": bucket.model_id, "split_hash": bucket.split_hash, "day": bucket.day}
    where |= {"chain": shop.chain}
    with pytest.raises(RevertedError, match="can still be refunded"):
        prepare_distribution(user=seller, **where)
    with pytest.raises(BucketNotFoundError):
        prepare_distribution(user=shop.buyer, **where)
    shop.rpc.call("evm_increaseTime", 9 * DAY)
    shop.index(1)
    shop.pay(prepare_distribution(user=seller, **where))
    shop.index()
    assert earnings_of(seller.address, shop.chain).buckets == []
    assert balance_of(seller.address, shop.chain).available == 0  # money in counts when it is final
    with pytest.raises(BucketNotFoundError):
        prepare_distribution(user=seller, **where)
    shop.index(3)
    assert balance_of(seller.address, shop.chain).available == gross - fee
    before = int(shop.rpc.call("eth_getBalance", seller.address, "latest"), 16)
    receipt = _receipt(shop, shop.pay(prepare_withdrawal(user=seller, chain=shop.chain)))
    gas = int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
    after = int(shop.rpc.call("eth_getBalance", seller.address, "latest"), 16)
    assert after - before == gross - fee - gas
    shop.index()
    left = balance_of(seller.address, shop.chain)
    assert (left.available, left.withdrawn) == (0, gross - fee)  # money out counts at first sight
    with pytest.raises(RevertedError, match="nothing to withdraw"):
        prepare_withdrawal(user=seller, chain=shop.chain)


def test_the_desk_shows_the_sale_to_its_seller_alone(shop: Shop, client: Browser) -> None:
    shop.pay(payment_call(shop.prepare()))
    shop.index()
    assert client.get("/sell/").status_code == 302
    client.force_login(User.objects.get(address=shop.address(SELLER)))
    page = client.get("/sell/").content.decode()
    assert "confirming 0/3" in page
    assert "not yet" in page
    assert "No final sales in this period" in page
    shop.index(3)
    page = client.get("/sell/").content.decode()
    assert "maturing" in page
    assert "<rect" in page
    refused = client.post("/sell/anvil/withdraw", headers={"Accept": "application/json"})
    assert (refused.status_code, refused.json()["code"]) == (422, "contract-refused")
    assert client.post("/sell/anvil/distribute", {"day": "x"}).status_code == 404
    client.force_login(shop.buyer)
    assert "Nothing for sale yet" in client.get("/sell/").content.decode()


def _receipt(shop: Shop, tx_hash: str) -> dict[str, str]:
    receipt = shop.rpc.call("eth_getTransactionReceipt", tx_hash)
    assert int(receipt["gasUsed"], 16) < GAS
    return dict(receipt)


def test_without_javascript_the_money_is_a_page_to_copy_from(shop: Shop, client: Browser) -> None:
    seller = User.objects.get(address=shop.address(SELLER))
    client.force_login(seller)
    shop.pay(payment_call(shop.prepare()))
    shop.rpc.call("evm_increaseTime", 9 * DAY)
    shop.index(1)
    (bucket,) = earnings_of(seller.address, shop.chain).buckets
    where: dict[str, Any] = {"model_id": bucket.model_id, "split_hash": bucket.split_hash, "day": bucket.day}
    call = prepare_distribution(user=seller, chain=shop.chain, **where)
    page = client.post("/sell/anvil/distribute", where).content.decode()
    assert f">{call.data}</code>" in page
    assert "distribute(bytes32,address,uint32,address[],uint16[])" in page
    assert client.post("/sell/anvil/distribute", where, headers=JSON).json() == call.for_wallet()
    shop.pay(call)
    shop.index(3)
    assert client.get("/sell/payouts/").content.decode().count("data-wallet>") == 0  # nothing is left to distribute
    desk = client.get("/sell/").content.decode()
    assert desk.count("csrfmiddlewaretoken") == 1 + desk.count("data-wallet>") == 2  # of signing out, and of the button
    page = client.post("/sell/anvil/withdraw").content.decode()
    assert "withdraw(address)" in page
    assert f">{prepare_withdrawal(user=seller, chain=shop.chain).data}</code>" in page
    refused = client.post("/sell/anvil/distribute", where)
    assert (refused.status_code, "nothing of yours" in refused.content.decode()) == (404, True)
