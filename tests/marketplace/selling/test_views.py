"""The seller's desk: every sale in its true state, net figures, and as many queries for many models as for one."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.models import Sum
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils.formats import date_format

from accounts.models import User
from contracts.chain.fees import about_fee
from contracts.models import AcceptedToken, Chain, Cursor
from contracts.names import COIN
from marketplace.buying.paying import payment_call
from marketplace.money.buckets import earnings_of
from marketplace.money.ledger import ledger_of
from marketplace.money.verification import money_at
from marketplace.onchain.models.listings import OnchainListing, Plan
from marketplace.onchain.models.returns import PurchaseReturn
from marketplace.onchain.models.sales import PurchaseFact
from marketplace.returns.actions import prepare_closing, prepare_refund
from tests.marketplace.money.story import buy
from tests.marketplace.returns.story import bought, disputed, moderator, rule
from tests.marketplace.shop import BUYER, MONTH, OTHER, PERIOD, PRICE, SELLER, Shop
from tests.marketplace.tokens import odd_token


@pytest.fixture
def story(shop: Shop) -> Shop:
    """Five sales: one kept, one refunded, one disputed, one ruled for the buyer and one for the seller."""
    bought(shop, Plan.SUBSCRIPTION)  # kept
    shop.pay(prepare_refund(user=shop.buyer, ref=bought(shop, quantity=2).ref))
    rule(shop, disputed(shop, bought(shop, quantity=3), "It is silent."), for_buyer=True)
    rule(shop, disputed(shop, bought(shop, quantity=4), "It is slow."), for_buyer=False)
    disputed(shop, bought(shop, quantity=5, referrer=shop.address(OTHER)), "It is rude.")
    return shop


def page_of(shop: Shop, number: int = SELLER, address: str = "/sell/") -> Any:
    browser = Browser()
    browser.force_login(User.objects.get_or_create(address=shop.address(number))[0])
    return browser.get(address)


def seen(shop: Shop, number: int = SELLER, address: str = "/sell/") -> str:
    page = page_of(shop, number, address).content.decode()
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def net_of(paid: int) -> int:
    """What is left of a price after the protocol's fee."""
    return paid - paid * 250 // 10_000


def test_each_sale_stands_in_its_true_state_and_counts_for_what_is_kept(story: Shop) -> None:
    lines = [line for line, _name in page_of(story).context["lines"]]
    due = PurchaseReturn.objects.get(stage="disputed").rule_by
    assert due
    until = date_format(due, "j M")
    today = date_format(lines[-1].matures, "j M")
    ruled = date_format(lines[1].matures, "j M")
    assert [(line.words, line.counted, line.note) for line in lines] == [
        (f"disputed, ruling by {until}", net_of(5 * PRICE), "held"),
        (f"ruled for you, final, matures {ruled}", net_of(4 * PRICE), ""),
        ("ruled for the buyer, paid back", 0, ""),
        ("refunded by the buyer", 0, ""),
        (f"final, matures {today}", net_of(MONTH), ""),
    ]
    page = seen(story)
    assert f"disputed, ruling by {until} 0.0975 , held" in page
    assert "refunded by the buyer 0" in page
    assert "+ 0.078" in page


def test_plots_totals_and_buckets_say_the_same_and_the_contracts_too(story: Shop) -> None:
    head, kept = story.chain.head(), 4 * PRICE + MONTH
    desk = page_of(story, address="/sell/?period=all").context["desk"]
    assert desk.net == desk.standing.net == sum(bar.figures.net for bar in desk.plot.bars) == net_of(kept)
    assert (desk.held, desk.refunded) == (net_of(5 * PRICE), net_of(2 * PRICE) + net_of(3 * PRICE))
    assert [row.sold.net for row in desk.rows] == [net_of(kept)]
    assert [(plan.name, sold.sales) for plan, sold in desk.rows[0].plans] == [("LASTING", 1), ("SUBSCRIPTION", 1)]
    assert PurchaseFact.objects.kept().aggregate(sum=Sum("paid"))["sum"] == kept
    ledger = ledger_of(story.chain, head)
    assert sum(bucket.gross for bucket in ledger.buckets.values()) + sum(ledger.referrals.values()) == kept
    assert sum(bucket.gross for bucket in earnings_of(story.address(SELLER), story.chain).buckets) == kept
    assert ledger.held[COIN] == 5 * PRICE
    assert money_at(chain=story.chain, number=head)[1].differences == []


def test_the_same_figures_come_as_a_file(story: Shop) -> None:
    answer = page_of(story, address="/sell/sales.csv?period=7d")
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert len(rows) == 7
    assert sum(int(row["net_smallest_units"]) for row in rows) == net_of(4 * PRICE + MONTH)
    assert {(row["currency"], row["chain"]) for row in rows} == {("ETH", "anvil")}
    assert Decimal(rows[-1]["net"]) == Decimal("0.080925")
    nobody = page_of(story, 8, "/sell/sales.csv").content.decode()
    assert len(nobody.splitlines()) == 1  # its columns alone


def test_a_token_that_calls_itself_a_formula_is_text_in_the_file(shop: Shop) -> None:
    token = odd_token(shop, b"=1+1", 6)
    terms = {"plan": Plan.LASTING, "token": token, "price": 1, "period": 0}
    shop.send(SELLER, "ModelMarketplace", "setPlan", shop.model_id, terms)
    shop.index()
    answer = page_of(shop, address=f"/sell/sales.csv?period=7d&currency=anvil:{token}")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert {row["currency"] for row in rows} == {"'=1+1"}


def test_a_sale_that_is_refunded_before_it_is_final_says_so(shop: Shop) -> None:
    order = shop.prepare()
    shop.pay(payment_call(order))
    shop.index()
    assert "confirming 0/3 0.0195 , not yet" in seen(shop)
    shop.pay(prepare_refund(user=shop.buyer, ref=order.ref))
    shop.index()
    assert "refunded by the buyer, confirming 0/3 0 , not yet" in seen(shop)


def test_a_withdrawn_dispute_counts_for_the_seller_again(shop: Shop) -> None:
    made = disputed(shop, bought(shop))
    shop.pay(prepare_closing(user=shop.buyer, receipt=made.receipt))
    shop.index(3)
    assert "ruled for you, final, matures" in seen(shop)


def test_sales_come_in_pages_of_one_currency_and_of_one_model(story: Shop) -> None:
    more_models(story, 23)
    browser = Browser()
    browser.force_login(User.objects.get(address=story.address(SELLER)))
    found: list[str] = []
    after = ""
    while True:
        context = browser.get("/sell/", {"after": after}).context
        found += [line.fact.tx_hash for line, _name in context["lines"]]
        after = context["next_page"]
        if not after:
            break
    assert len(found) == len(set(found)) == PurchaseFact.objects.count()
    one = browser.get("/sell/", {"model": story.model_id}).context["lines"]
    assert {line.fact.model_id for line, _name in one} == {story.model_id}
    assert browser.get("/sell/", {"model": "0x" + "9" * 64}).context["lines"] == []
    assert browser.get("/sell/", {"after": "nonsense"}).status_code == 400
    for odd in ({"period": "7 d"}, {"currency": "anvil:0x12"}, {"currency": "nowhere:" + COIN}, {"model": "0x1"}):
        assert browser.get("/sell/", odd).status_code == 200


def test_currencies_are_told_apart_and_never_added(shop: Shop) -> None:
    dollar = AcceptedToken.objects.get(accepted=True).address
    month = {"plan": Plan.SUBSCRIPTION, "token": dollar, "price": 9_990_000, "period": PERIOD}
    shop.send(SELLER, "ModelMarketplace", "setPlan", shop.model_id, month)
    shop.send(BUYER, "DemoDollar", "faucet")
    shop.send(BUYER, "DemoDollar", "approve", shop.chain.deployment["RevenueSplitter"], 10**9)
    buy(shop)
    buy(shop, token=dollar, plan=Plan.SUBSCRIPTION)
    shop.index(3)
    coin = page_of(shop, address=f"/sell/?currency=anvil:{COIN}").context["desk"]
    dollars = page_of(shop, address=f"/sell/?currency=anvil:{dollar}").context["desk"]
    assert (coin.net, dollars.net) == (net_of(PRICE), net_of(9_990_000))
    assert dollars.currency.symbol == "DEMOUSD"
    assert [
        line.fact.token for line, _name in page_of(shop, address=f"/sell/?currency=anvil:{dollar}").context["lines"]
    ] == [dollar]
    assert "aria-current" in page_of(shop).content.decode()
    assert coin.fee is not None


def test_chains_are_told_apart_as_currencies_are(shop: Shop) -> None:
    buy(shop)
    shop.index(3)
    other = Chain.objects.create(
        id=99, short_name="other", name="Other", coin="OTH", confirmations=3, reorg_window=64, deployment={"x": COIN}
    )
    Cursor.objects.create(chain=other, number=10**6, hash="0x" + "1" * 64)
    fact = PurchaseFact.objects.get()
    fact.pk, fact.chain, fact.paid, fact.fee = None, other, 7 * PRICE, 0
    fact.save(force_insert=True)
    here, there = (page_of(shop, address=f"/sell/?currency={name}:{COIN}").context for name in ("anvil", "other"))
    assert (here["desk"].net, there["desk"].net) == (net_of(PRICE), 7 * PRICE)
    assert (here["desk"].currency.symbol, there["desk"].currency.symbol) == ("ETH", "OTH")
    assert [line.fact.chain_id for line, _name in there["lines"]] == [99]
    assert there["desk"].fee is None  # nobody answers for that chain
    assert len(here["desk"].switch) == 2


def test_nobody_is_told_a_network_fee_that_the_chain_does_not_say(shop: Shop) -> None:
    assert about_fee(shop.chain, 1_000) == 1_000 * shop.rpc.quantity("eth_gasPrice")
    cache.clear()
    unreachable = Chain(pk=77, short_name="nowhere", rpc_urls=["http://127.0.0.1:1"])
    assert about_fee(unreachable, 1_000) is None


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


@pytest.mark.parametrize("address", ["/sell/", "/sell/payouts/", "/account/", "/disputes/"])
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


MOST: dict[str, Any] = {
    "/sell/": [8, 8, 8],
    "/sell/payouts/": [18, 13, 13],
    "/account/": [14, 18, 14],
    "/disputes/": [7, 7, 7],
}
