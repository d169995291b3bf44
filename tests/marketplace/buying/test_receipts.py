"""A receipt adds up, says who paid what to whom, and stays true after a refund."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser

from contracts.chain.mined import find_mined
from contracts.currencies import currency_of
from contracts.names import COIN
from marketplace.buying.order_parts import Step
from marketplace.buying.order_view import OrderView
from marketplace.buying.receipts import Receipt, Share, receipt_of
from marketplace.buying.transfers import Names, Party, Transfer, table_of
from marketplace.onchain.models.listings import Plan
from marketplace.onchain.models.sales import PurchaseFact
from marketplace.returns.actions import prepare_refund
from marketplace.templatetags.catalogue import glance, money, summand
from tests.marketplace.returns.story import bought, disputed
from tests.marketplace.shop import BUYER, OTHER, PRICE, SELLER, Shop

NOTHING = "0x" + "ab" * 32


def receipt(shop: Shop, **options: Any) -> Receipt:
    found = receipt_of(shop.progress(bought(shop, **options)), shop.buyer.address)
    assert found
    return found


def paid(found: Receipt) -> list[tuple[str, str, int]]:
    """Who pays whom how much, without the network."""
    rows = [line.transfer for line in found.table.lines]
    return [(each.payer.text, each.payee.text, each.amount) for each in rows if each.payee.name != "Block producer"]


def test_what_is_paid_is_what_is_received(shop: Shop) -> None:
    found = receipt(shop, referrer=shop.address(OTHER))
    (buyer, market, price), *onwards = paid(found)
    assert (buyer, market, price) == ("You", "Marketplace", PRICE)
    assert sum(amount for _payer, _payee, amount in onwards) == PRICE
    assert [payee for _payer, payee, _amount in onwards][:2] == ["corner", "Protocol"]
    assert found.first.referral > 0
    assert found.final_at
    assert found.final_at > found.first.fact.time


def test_a_payment_that_a_reorganisation_takes_while_the_page_is_made_has_no_receipt(shop: Shop) -> None:
    progress = shop.progress(bought(shop))
    assert progress.facts
    PurchaseFact.objects.filter(pk__in=[fact.pk for fact in progress.facts]).delete()
    assert receipt_of(progress, shop.buyer.address) is None
    assert OrderView(progress, receipt=None).sentences == []


def test_a_split_is_paid_as_the_contract_shares_it(shop: Shop) -> None:
    parts = [shop.address(SELLER), shop.address(OTHER)], [7_001, 2_999]
    shop.send(SELLER, "RevenueSplitter", "setSplit", shop.model_id, *parts)
    found = receipt(shop)
    assert [each.address for each in found.first.parts] == parts[0]
    assert sum(each.amount for each in found.first.parts) == found.first.sellers_part
    purposes = [line.transfer.purpose.partition(",")[0] for line in found.table.lines]
    assert purposes[1:3] == ["the sale", "a partner’s share"]
    assert found.first.partners == 1


def test_the_networks_fee_is_what_its_sender_had_to_pay(shop: Shop) -> None:
    before = shop.rpc.quantity("eth_getBalance", shop.address(BUYER), "latest")
    found = receipt(shop)
    after = shop.rpc.quantity("eth_getBalance", shop.address(BUYER), "latest")
    assert found.first.mined
    assert found.first.mined.fee == before - after - PRICE
    assert found.table.lines[-1].transfer.amount == found.first.mined.fee


def test_a_receipt_without_a_node_has_no_fee_and_the_rest(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    order = bought(shop)
    progress, buyer = shop.progress(order), shop.buyer.address
    monkeypatch.setattr(type(progress.order.chain), "endpoints", ["http://127.0.0.1:9"])
    found = receipt_of(progress, buyer)
    assert found
    assert found.first.mined is None
    assert [line.transfer.payee.name for line in found.table.lines] == ["Marketplace", "corner", "Protocol"]


def test_a_transaction_is_asked_for_until_it_is_final(shop: Shop) -> None:
    order = bought(shop)
    fact = shop.progress(order).facts[0]
    found = find_mined(shop.chain, fact.tx_hash, shop.chain.final_block())
    assert found
    assert (found.sender, found.to, found.succeeded) == (fact.buyer, shop.chain.deployment["ModelMarketplace"], True)
    assert find_mined(shop.chain, NOTHING, shop.chain.final_block()) is None


def page(shop: Shop, order: object) -> str:
    browser = Browser()
    browser.force_login(shop.buyer)
    answer = browser.get(order.get_absolute_url())  # type: ignore[attr-defined]  # an order
    return " ".join(answer.content.decode().replace("\N{NO-BREAK SPACE}", " ").split())


def test_the_title_says_what_happened_in_every_end(shop: Shop) -> None:
    order = bought(shop)
    shown = page(shop, order)
    assert ">You bought lasting access to chat for 0.02 ETH</h1>" in shown
    assert "<b>You paid 0.02 ETH</b> to the marketplace" in shown
    assert "<b>You received a pass.</b>" in shown
    assert "<b>0.0195 ETH is held for corner.</b> It is released on" in shown
    assert "<b>0.0005 ETH is the protocol’s fee</b>, 2.5 %, fixed at purchase." in shown
    shop.pay(prepare_refund(user=shop.buyer, ref=order.ref))
    shop.index(3)
    shown = page(shop, order)
    assert ">0.02 ETH for chat was credited to you</h1>" in shown
    assert "<b>0.02 ETH was credited to you</b> on" in shown
    assert "is held for corner" not in shown


def test_a_month_a_gift_and_a_dispute_have_titles_of_their_own(shop: Shop) -> None:
    assert ">You bought 60 days of chat for 0.006 ETH</h1>" in page(shop, bought(shop, Plan.SUBSCRIPTION, 2))
    given = bought(shop, recipient=shop.address(OTHER))
    shown = page(shop, given)
    assert f">You gave {shop.address(OTHER)[:4]}" in shown
    assert ">Delivered</h2>" in shown
    assert "Final, 3 of 3 blocks" in shown
    assert "Copy a link for 0x" in shown
    assert "Run it" not in shown
    disputed(shop, given)
    shown = page(shop, given)
    assert ">You are disputing the 0.02 ETH you paid for chat</h1>" in shown
    assert "waits for a ruling" in shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (493_008 * 10**12, "0.4930"),
        (4_930 * 10**14, "0.493"),
        (62_123_456 * 10**6, "0.00006212"),
        (2_000_310 * 10**12, "2.000"),
        (12_345_678 * 10**15, "12,345"),
        (0, "0"),
    ],
)
def test_a_headline_is_cut_to_four_digits_and_never_in_its_whole_part(shop: Shop, amount: int, shown: str) -> None:
    assert currency_of(shop.chain, COIN).glance(amount) == shown


def test_amounts_stand_under_one_another_by_their_point(shop: Shop) -> None:
    coin, names = currency_of(shop.chain, COIN), Names(shop.chain)
    amounts = (2 * 10**18, 10**16, 195 * 10**14, 0)
    table = table_of([Transfer(names.market, Party("x"), "", amount, coin) for amount in amounts])
    assert [(line.whole, line.part, line.padding) for line in table.lines] == [
        ("2", "", ".0000"),
        ("0", ".01", "00"),
        ("0", ".0195", ""),
    ]
    assert table.unit == "ETH"


def test_a_refund_has_its_own_date_fee_and_transaction(shop: Shop) -> None:
    order = bought(shop)
    shop.pay(prepare_refund(user=shop.buyer, ref=order.ref))
    shop.index(1)
    assert "1 of 3 blocks" in page(shop, order)
    shop.index(3)
    progress = shop.progress(order)
    returned = progress.returned
    assert returned
    assert progress.fact
    shown = page(shop, order)
    assert f"UTC · block {returned.taken_block} of" in shown
    assert f"block {progress.fact.block_number} of" not in shown
    assert "Final, 3 of 3 blocks" in shown
    assert "Withdraw 0.02 ETH" in shown
    both = [f'href="/tx/anvil/{each}"' for each in (returned.taken_tx, progress.fact.tx_hash)]
    assert [shown.count(link) for link in both] == [1, 1]
    found = receipt_of(progress, shop.buyer.address)
    assert found
    fees = [line.transfer for line in found.table.lines if line.transfer.payee.name == "Block producer"]
    assert [each.purpose for each in fees] == ["network fee, purchase", "network fee, refund"]
    assert OrderView(progress).steps()[-1] == Step("Refunded", f"{returned.taken_at:%H:%M:%S}", "done", filled=1)


def test_a_royalty_is_named_by_the_model_it_is_for(shop: Shop) -> None:
    parent = Share("0x" + "ab" * 20, 5, "corner/base")
    assert parent.party(Names(shop.chain), Party("shop", shop.address(SELLER))) == Party("corner", parent.address)
    assert parent.purpose(Party("shop", shop.address(SELLER)), "paid out") == "royalty for base, paid out"


def test_no_digit_of_a_price_taken_apart_is_cut(shop: Shop) -> None:
    coin = currency_of(shop.chain, COIN)
    parts = [12_431_250_000_000_001, 2_193_750_000_000_007]
    table = table_of([Transfer(Party("a"), Party("b"), "", each, coin) for each in (sum(parts), *parts)])
    price, *rest = [Decimal(f"{line.whole}{line.part}") for line in table.lines]
    assert price == sum(rest)


def test_a_summand_has_all_its_digits_and_a_headline_those_it_has_room_for(shop: Shop) -> None:
    long = 12_431_250_000_000_001
    assert ">0.012431250000000001 <" in summand(long, shop.chain, COIN)
    assert ">0.0124312 <" in money(long, shop.chain, COIN)
    coin = currency_of(shop.chain, COIN)
    assert ">0.01243 <" in glance(long, coin)
    assert ">0.46995 <" in glance(469_950 * 10**12, coin)
