"""The pages of buying, from the button to what is owned."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone
from django.utils.formats import date_format

from contracts.names import COIN, DAY
from marketplace.buying import ordering
from marketplace.buying.errors import OrderNotFoundError
from marketplace.buying.orders import Order
from marketplace.buying.paying import payment_call
from marketplace.buying.states import State
from marketplace.listings.models import Listing
from marketplace.onchain.models.listings import Plan
from marketplace.onchain.models.sales import PurchaseFact
from tests.marketplace.returns.story import bought
from tests.marketplace.shop import BUYER, MONTH, OTHER, PRICE, SELLER, Shop

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
    assert "Nothing here yet" in client.get("/account/").content.decode()
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
    assert re.search(r'class="btn small act" href="[^"]+"\s+aria-label="Run chat"', account)
    assert "Earn 0.5 % of what others buy through your link." in " ".join(account.split())
    assert ">Ended</h2>" not in account
    told = client.get(f"/tx/anvil/{tx_hash}").content.decode()
    assert "AccessPurchased" in told
    assert "Open your order" in told
    assert "No such transaction on this chain" in client.get(f"/tx/anvil/{HASH}").content.decode()
    again = client.post(f"{url}/again")
    address, _, opens = again["Location"].partition("#")
    assert address not in (url, "")
    assert opens == "wallet"


def test_no_licence_is_accepted_that_the_buyer_has_not_seen(shop: Shop, client: Browser) -> None:
    client.force_login(shop.buyer)
    order = shop.prepare()
    Listing.objects.filter(name="corner/chat").update(license="cc-by-nc-4.0")
    refused = client.post(f"{order.get_absolute_url()}/again", headers={"accept": "application/json"})
    assert (refused.status_code, refused.json()["code"]) == (422, "licence-changed")
    assert Order.objects.get() == order
    # Bought on the model's page a minute later, it is another order: that of another licence.
    client.post("/models/corner/chat/buy", {"plan": "0", "accept": "yes"})
    assert list(Order.objects.order_by("created_at").values_list("license", flat=True)) == [
        order.license,
        "cc-by-nc-4.0",
    ]


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


def test_access_is_given_on_a_page_of_its_own_and_the_recipient_sees_from_whom(shop: Shop, client: Browser) -> None:
    client.force_login(shop.buyer)
    assert 'href="/models/corner/chat/gift"' in client.get("/models/corner/chat").content.decode()
    assert "Only you can get a refund." in client.get("/models/corner/chat/gift").content.decode()
    chosen = {"plan": "0", "accept": "yes"}
    for wrong in (
        "",
        "0x12",
        "0x" + "0" * 40,
        shop.address(OTHER)[:-1] + "G",
        shop.address(BUYER),
        shop.address(SELLER),
    ):
        refused = client.post("/models/corner/chat/gift", {**chosen, "recipient": wrong})
        assert refused.status_code == 422, wrong
        assert 'role="alert"' in refused.content.decode()
    made = client.post("/models/corner/chat/gift", {**chosen, "recipient": f" {shop.address(OTHER)} "})
    url, _, opens = made["Location"].partition("#")
    assert opens == "wallet"
    call = client.post(f"{url}/open", headers={"Accept": "application/json"}).json()
    paid = {"from": shop.address(BUYER), "to": call["to"], "data": call["data"], "value": hex(int(call["value"]))}
    shop.submit({**paid, "gas": hex(400_000)})
    shop.index(3)
    assert ">Delivered</h2>" in client.get(url).content.decode()
    recipient = type(shop.buyer).objects.create(address=shop.address(OTHER))
    client.force_login(recipient)
    assert "Gift from 0x90F7…b906" in " ".join(client.get("/account/").content.decode().split())


def test_the_account_says_first_what_waits(shop: Shop, client: Browser) -> None:
    client.force_login(shop.buyer)
    assert 'id="needs-title"' not in client.get("/account/").content.decode()
    order = shop.prepare()
    page = " ".join(client.get("/account/").content.decode().split())
    assert "Pay for chat in your wallet" in page
    assert page.index(">Next<") < page.index(">Orders<") < page.index(">Balance<")
    assert f'<a class="btn small act" href="{order.get_absolute_url()}"' in page


@pytest.mark.parametrize("allowed", [False, True])
def test_a_pass_is_said_alike_wherever_it_is_shown(shop: Shop, client: Browser, allowed: bool) -> None:
    client.force_login(shop.buyer)
    shop.send(SELLER, "AccessPass", "allowTransfers", shop.model_id, allowed)
    order = bought(shop)
    matures = datetime.fromtimestamp((shop.progress(order).facts[0].maturity_day + 1) * DAY, UTC)
    said = f"an be transferred from {date_format(matures, 'j M')}" if allowed else "annot be transferred"
    for url in ("/models/corner/chat", order.get_absolute_url(), "/account/"):
        page = " ".join(client.get(url).content.decode().split())
        assert said in page, url
        assert "Give away or resell" not in page
    assert f"refund until {date_format(matures - timedelta(days=1), 'j M')}" in page
    # The lock is over, and so is the right to a refund.
    PurchaseFact.objects.update(maturity_day=1)
    page = " ".join(client.get("/account/").content.decode().split())
    assert ("Give away or resell" in page) == allowed
    assert "refund until" not in page


def test_orders_come_in_pages_and_each_once(shop: Shop, client: Browser, django_assert_max_num_queries: Any) -> None:
    client.force_login(shop.buyer)
    columns = {
        name: getattr(shop.prepare(), name) for name in ("chain_id", "buyer", "listing_name", "model_id", "plan")
    }
    more = {"quantity": 1, "token": COIN, "price": 1, "max_price": 1, "license_accepted_at": timezone.now()}
    past = timezone.now() - timedelta(days=1)
    Order.objects.bulk_create(
        Order(ref=f"0x{n:064x}", deadline=past, is_reusable=False, **columns, **more) for n in range(1, 46)
    )
    seen: list[str] = []
    url = "/account/"
    while url:
        with django_assert_max_num_queries(8):
            page = client.get(url).content.decode()
        seen += re.findall(r'href="(/orders/0x[0-9a-f]{64})">\s*<span>corner', page)
        found = re.search(r'href="(/account/\?after=[^"#]+)', page)
        url = found[1] if found else ""
    assert len(seen) == len(set(seen)) == 46
    assert client.get("/account/?after=nonsense").status_code == 400


def test_a_referral_link_says_what_it_has_earned(shop: Shop, client: Browser) -> None:
    referrer = type(shop.buyer).objects.create(address=shop.address(OTHER))
    client.force_login(referrer)
    page = client.get("/account/referral").content.decode()
    assert f"http://testserver/?ref={referrer.checksum}" in page
    assert "Nothing bought through it on Anvil yet." in " ".join(page.split())
    shop.pay(payment_call(shop.prepare(referrer=shop.address(OTHER))))
    shop.index(3)
    page = client.get("/account/referral").content.decode()
    assert f'<data value="{PRICE * 50 // 10_000}"' in page
