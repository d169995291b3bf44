"""A transaction's page: what it did, or why nothing is known of it, with a next step."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils.formats import date_format

from accounts.models import User
from contracts.chain import codec
from contracts.names import DAY
from marketplace.buying.order_view import OrderView
from marketplace.buying.paying import payment_call
from marketplace.buying.transactions import MOST_LOOKUPS
from marketplace.onchain.models.returns import PurchaseReturn
from marketplace.returns.actions import prepare_closing, prepare_refund
from tests.marketplace.returns.story import bought, disputed
from tests.marketplace.shop import BUYER, OTHER, SELLER, Shop

NOTHING = "0x" + "ab" * 32


def page(browser: Browser, tx_hash: str) -> str:
    answer = browser.get(f"/tx/anvil/{tx_hash}")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().replace("\N{NO-BREAK SPACE}", " ").split())


def test_a_purchase_is_told_to_anybody_and_leads_its_buyer_to_the_order(shop: Shop, client: Browser) -> None:
    order = bought(shop)
    tx_hash = shop.progress(order).facts[0].tx_hash
    shown = page(client, tx_hash)
    assert "chat sold for 0.02 ETH </h1>" in shown
    assert "<p>Lasting access, bought by 0x" in shown
    assert "Who paid what to whom" in shown
    assert "network fee," in shown
    assert "Open your order" not in shown
    client.force_login(shop.buyer)
    shown = page(client, tx_hash)
    assert "You bought lasting access to chat for 0.02 ETH" in shown
    assert f'href="{order.get_absolute_url()}"' in shown


def test_what_is_set_aside_for_the_seller_is_not_said_to_be_paid(shop: Shop, client: Browser) -> None:
    order = bought(shop, recipient=shop.address(OTHER), referrer=shop.address(7))
    fact = shop.progress(order).facts[0]
    address = f"/tx/anvil/{fact.tx_hash}"
    shown = page(client, fact.tx_hash)
    assert "chat sold for 0.02 ETH </h1>" in shown
    assert "<p>Lasting access, bought by 0x90F7…\u2060b906 for 0x15d3…\u20606A65</p>" in shown
    day = date_format(datetime.fromtimestamp((fact.maturity_day + 1) * DAY, UTC), "j M")
    assert f"the sale, held until {day}" in shown
    # What is passed on of the fee comes out of the protocol's part, which stands above it whole.
    rows = [line.transfer for line in client.get(address).context["told"].table.lines]
    referral = next(each for each in rows if each.payer.name == "Protocol")
    fee = next(each for each in rows if each.payee.name == "Protocol")
    assert 0 < referral.amount < fee.amount
    assert sum(each.amount for each in rows if each.payer.name == "Marketplace") == fact.paid
    client.force_login(User.objects.get_or_create(address=shop.address(SELLER))[0])
    shown = page(client, fact.tx_hash)
    assert "See your sales" in shown
    assert "Gas used" not in shown.partition('<details class="fold">')[0]


def test_what_was_paid_back_since_is_no_longer_said_to_be_held(shop: Shop, client: Browser) -> None:
    order = bought(shop)
    fact = shop.progress(order).facts[0]
    shop.pay(prepare_refund(user=shop.buyer, ref=order.ref))
    shop.index(3)
    shown, by = page(client, fact.tx_hash), PurchaseReturn.objects.get().taken_tx
    assert "the sale, held until it was paid back" in shown
    assert "This purchase was paid back on" in shown
    assert f'href="/tx/anvil/{by}"' in shown
    client.force_login(shop.buyer)
    shown = page(client, by)
    assert "You took a refund of 0.02 ETH for chat </h1>" in shown
    assert "0.02 ETH was credited to you, to withdraw" in shown


def test_a_dispute_leads_its_buyer_to_the_order_and_says_apart_what_waits(shop: Shop, client: Browser) -> None:
    order = bought(shop)
    taken = disputed(shop, order).taken_tx
    shown = page(client, taken)
    assert "A purchase of chat is disputed </h1>" in shown
    assert "0.02 ETH waits for a ruling until" in shown
    client.force_login(shop.buyer)
    shown = page(client, taken)
    assert "You disputed a purchase of chat </h1>" in shown
    assert "<p>0.02 ETH waits for a ruling until" in shown
    assert f'href="{order.get_absolute_url()}"' in shown
    shop.pay(prepare_closing(user=shop.buyer, receipt=PurchaseReturn.objects.get().receipt))
    shop.index(3)
    shown = page(client, PurchaseReturn.objects.get().ruled_tx)
    assert f'href="{order.get_absolute_url()}"' in shown
    assert OrderView(shop.progress(order)).heading == "You withdrew the dispute"


def test_a_hash_in_capital_letters_leads_to_its_one_address(shop: Shop, client: Browser) -> None:
    answer = client.get(f"/tx/{shop.chain.short_name}/0x{'AB' * 32}?ref=0xabc")
    assert (answer.status_code, answer["Location"]) == (301, f"/tx/anvil/0x{'ab' * 32}?ref=0xabc")


def test_what_waits_confirms_or_is_final_is_said_so(shop: Shop, client: Browser) -> None:
    order = shop.prepare()
    shop.wait()
    tx_hash = shop.pay(payment_call(order))
    assert "This transaction is on its way" in page(client, tx_hash)
    shop.index(1)
    shown = page(client, tx_hash)
    assert "Confirming" in shown
    assert 'hx-trigger="every 3s"' in shown
    shop.index(3)
    assert 'hx-trigger="every 3s"' not in page(client, tx_hash)


def test_what_failed_says_why_and_what_to_do(shop: Shop, client: Browser) -> None:
    order = shop.prepare()
    shop.send(SELLER, "ModelMarketplace", "pauseListing", shop.model_id)
    tx_hash = shop.pay(payment_call(order))
    shop.index(1)
    shown = page(client, tx_hash)
    assert "This transaction failed, and changed nothing" in shown
    assert "It called “purchase”, and the contract refused." in shown
    assert "paused by its seller" in shown


@pytest.mark.parametrize("data", ["0x", "0x12", "{purchase}", "{purchase}00", "{purchase}" + "ff" * 320, "0xdeadbeef"])
def test_a_call_whose_bytes_are_none_is_told_as_well(shop: Shop, client: Browser, data: str) -> None:
    sent = data.format(purchase=codec.selector("ModelMarketplace", "purchase"))
    market = shop.chain.deployment["ModelMarketplace"]
    call = {"from": shop.address(BUYER), "to": market, "data": sent, "gas": hex(200_000)}
    tx_hash = shop.rpc.call("eth_sendTransaction", call)
    shop.index(1)
    assert "This transaction failed, and changed nothing" in page(client, tx_hash)


def test_what_has_nothing_to_do_with_us_and_what_nobody_knows_are_told_apart(shop: Shop, client: Browser) -> None:
    elsewhere = shop.submit({"from": shop.address(BUYER), "to": shop.address(OTHER), "value": "0x1"})
    shop.index(1)
    assert "did nothing on this marketplace" in page(client, elsewhere)
    assert "No such transaction on this chain" in page(client, NOTHING)


def test_a_network_that_asks_for_too_many_is_told_that_nobody_is_asked(shop: Shop, client: Browser) -> None:
    for _ in range(MOST_LOOKUPS):
        client.get(f"/tx/anvil/{NOTHING}")
    assert "The chain cannot be reached" in page(client, NOTHING)


@pytest.mark.parametrize("visited", [True, False])
def test_a_transaction_takes_few_queries(
    shop: Shop, client: Browser, visited: bool, django_assert_max_num_queries: Any
) -> None:
    tx_hash = shop.progress(bought(shop)).facts[0].tx_hash
    if visited:
        client.force_login(shop.buyer)
    with django_assert_max_num_queries(8):
        client.get(f"/tx/anvil/{tx_hash}")
