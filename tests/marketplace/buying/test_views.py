"""The pages of buying, from the button to what is owned."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from marketplace.buying import ordering
from marketplace.buying.errors import OrderNotFoundError
from marketplace.buying.states import State
from marketplace.onchain.models.listings import Plan
from tests.marketplace.shop import BUYER, MONTH, OTHER, Shop

HASH = "0x" + "ab" * 32


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
    url, _, opens = bought["Location"].partition("#")
    assert opens == "wallet"
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
    told = client.get(f"/tx/anvil/{tx_hash}").content.decode()
    assert "AccessPurchased" in told
    assert "Open your order" in told
    assert "The chain knows no such transaction" in client.get(f"/tx/anvil/{HASH}").content.decode()
    again = client.post(f"{url}/again")
    address, _, opens = again["Location"].partition("#")
    assert address not in (url, "")
    assert opens == "wallet"


def test_the_models_page_names_the_order_that_is_open_not_the_one_that_ended(shop: Shop, client: Browser) -> None:
    client.force_login(shop.buyer)
    still_open, ended = shop.prepare(), shop.prepare(Plan.SUBSCRIPTION)
    prompt = shop.open(ended).prompt
    ordering.mark_cancelled(user=shop.buyer, ref=ended.ref, prompt=prompt)
    page = client.get("/models/corner/chat").content.decode()
    assert page.count(f'href="{still_open.get_absolute_url()}"') == 2
    assert ended.get_absolute_url() not in page
    ordering.mark_sent(user=shop.buyer, ref=still_open.ref, tx_hash=HASH)
    assert "that is still open (sent)" in " ".join(client.get("/models/corner/chat").content.decode().split())
