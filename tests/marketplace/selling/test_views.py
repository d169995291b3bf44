"""The seller's desk: every sale in its true state, net figures, and as many queries for many models as for one."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from contracts.names import COIN
from marketplace.buying.paying import payment_call
from marketplace.money.buckets import earnings_of
from marketplace.money.ledger import ledger_of
from marketplace.money.verification import money_at
from marketplace.onchain.models.listings import OnchainListing, Plan
from marketplace.onchain.models.sales import PurchaseFact
from marketplace.returns.actions import prepare_closing, prepare_refund
from marketplace.selling.sales import courses_of, latest_sales
from tests.marketplace.returns.story import bought, disputed, moderator, rule
from tests.marketplace.shop import MONTH, OTHER, PRICE, SELLER, Shop


@pytest.fixture
def story(shop: Shop) -> Shop:
    """Five sales: one kept, one refunded, one disputed, one ruled for the buyer and one for the seller."""
    bought(shop, Plan.SUBSCRIPTION)  # kept
    shop.pay(prepare_refund(user=shop.buyer, ref=bought(shop, quantity=2).ref))
    rule(shop, disputed(shop, bought(shop, quantity=3), "It is silent."), for_buyer=True)
    rule(shop, disputed(shop, bought(shop, quantity=4), "It is slow."), for_buyer=False)
    disputed(shop, bought(shop, quantity=5, referrer=shop.address(OTHER)), "It is rude.")
    return shop


def seen(shop: Shop, number: int = SELLER) -> str:
    browser = Browser()
    browser.force_login(User.objects.get_or_create(address=shop.address(number))[0])
    page = browser.get("/sell/").content.decode()
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def test_each_sale_stands_in_its_true_state_and_counts_for_what_is_kept(story: Shop) -> None:
    head = story.chain.head()
    sales = latest_sales(earnings_of(story.address(SELLER), story.chain), story.chain, head, 20)
    assert [(sale.state, sale.kept) for sale in sales] == [
        ("disputed, final", 0),
        ("ruled for the seller, final", 4 * PRICE),
        ("ruled for the buyer, final", 0),
        ("refunded, final", 0),
        ("final", MONTH),
    ]
    page = seen(story)
    for words in ("disputed, final 0 ETH of 0.1 ETH paid", "refunded, final 0 ETH of 0.04 ETH paid"):
        assert words in page
    assert "ruled for the buyer, final 0 ETH of 0.06 ETH paid" in page
    assert "ruled for the seller, final 0.08 ETH" in page


def test_plots_totals_and_buckets_say_the_same_and_the_contracts_too(story: Shop) -> None:
    head, kept = story.chain.head(), 4 * PRICE + MONTH
    (course,) = courses_of([story.model_id], story.chain, PurchaseFact.objects.latest("block_number").time.date())
    assert sum(day.kept for day in course.days) == kept
    assert course.models == [(story.model_id, kept, 100.0)]
    assert (
        sum(sale.kept for sale in latest_sales(earnings_of(story.address(SELLER), story.chain), story.chain, head, 20))
        == kept
    )
    assert PurchaseFact.objects.kept().aggregate(sum=Sum("paid"))["sum"] == kept
    ledger = ledger_of(story.chain, head)
    assert sum(bucket.gross for bucket in ledger.buckets.values()) + sum(ledger.referrals.values()) == kept
    assert sum(bucket.gross for bucket in earnings_of(story.address(SELLER), story.chain).buckets) == kept
    assert ledger.held[COIN] == 5 * PRICE
    assert money_at(chain=story.chain, number=head)[1].differences == []


def test_a_sale_that_is_refunded_before_it_is_final_says_so(shop: Shop) -> None:
    order = shop.prepare()
    shop.pay(payment_call(order))
    shop.index()
    assert "confirming 0/3 0.02 ETH" in seen(shop)
    shop.pay(prepare_refund(user=shop.buyer, ref=order.ref))
    shop.index()
    assert "refunded, confirming 0/3 0 ETH of 0.02 ETH paid" in seen(shop)


def test_a_withdrawn_dispute_counts_for_the_seller_again(shop: Shop) -> None:
    made = disputed(shop, bought(shop))
    shop.pay(prepare_closing(user=shop.buyer, receipt=made.receipt))
    shop.index(3)
    assert "ruled for the seller, final 0.02 ETH" in seen(shop)


def more_models(shop: Shop, count: int) -> None:
    """List so many more, with a sale of each."""
    like = OnchainListing.objects.get(model_id=shop.model_id)
    fact = PurchaseFact.objects.first()
    assert fact
    for number in range(2, count + 2):
        model_id = f"{shop.address(SELLER)}{number:024x}"
        for row, changes in (
            (like, {"model_id": model_id}),
            (fact, {"model_id": model_id, "tx_hash": f"0x{number:064x}"}),
        ):
            row.pk = None
            for name, value in changes.items():
                setattr(row, name, value)
            row.save(force_insert=True)


@pytest.mark.parametrize("address", ["/sell/", "/account/", "/disputes/"])
def test_a_page_of_money_asks_as_often_for_twenty_models_as_for_one(story: Shop, address: str) -> None:
    browsers: list[Browser] = []
    for user in (User.objects.get(address=story.address(SELLER)), story.buyer, moderator(story)):
        browser = Browser()
        browser.force_login(user)
        browser.get(address)  # what is asked once is known
        browsers.append(browser)

    def counted() -> list[int]:
        counts = []
        for browser in browsers:
            with CaptureQueriesContext(connection) as queries:
                assert browser.get(address).status_code == 200
            counts.append(len(queries))
        return counts

    before = counted()
    more_models(story, 19)
    assert counted() == before
    assert before <= MOST[address]


MOST: dict[str, Any] = {"/sell/": [18, 12, 12], "/account/": [14, 18, 14], "/disputes/": [7, 7, 7]}
