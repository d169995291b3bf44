"""The panel beside a model: one price, that of what is chosen, and words that say no more than is so."""

from __future__ import annotations

import re

import pytest
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from common.kept import Known
from common.traces import Trace, traced
from config.members import filled_for
from marketplace.buying.orders import Order
from marketplace.buying.paying import payment_call
from marketplace.onchain.models.listings import Plan
from tests.marketplace.shop import PERIOD, SELLER, Shop

FRAGMENT = {"HX-Request": "true", "HX-Target": "div#quote", "HX-Request-Type": "partial"}


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def headline(page: str) -> str:
    (found,) = re.findall(r'<span id="headline".*?</small>', page, re.DOTALL)
    return words(found)


def sell_months_in_dollars(shop: Shop) -> None:
    month = {"plan": Plan.SUBSCRIPTION, "token": shop.chain.deployment["DemoDollar"], "price": 7_500_000}
    shop.send(SELLER, "ModelMarketplace", "setPlan", shop.model_id, month | {"period": PERIOD})
    shop.index()


def test_the_headline_is_the_price_of_the_plan_that_is_chosen(shop: Shop) -> None:
    sell_months_in_dollars(shop)
    browser = Browser()
    browser.force_login(shop.buyer)
    page = browser.get("/models/corner/chat").content.decode()
    assert headline(page) == "0.02 ETH lasting access"
    for plan, one, several in (
        (1, "7.5 DEMOUSD for 30 days", "22.5 DEMOUSD for 90 days"),
        (0, "0.02 ETH lasting access", "0.04 ETH lasting access × 2"),
    ):
        refused = browser.post("/models/corner/chat/buy", {"plan": str(plan)})  # the licence was not accepted
        assert headline(refused.content.decode()) == one
        sent = {"plan": str(plan), "periods": "3", "passes": "2"}
        assert headline(browser.post("/models/corner/chat/buy", sent).content.decode()) == several
        asked = f"/models/corner/chat/quote?plan={plan}&periods=3&passes=2"
        fragment = browser.get(asked, headers=FRAGMENT).content.decode()
        assert 'id="headline" hx-swap-oob="outerMorph"' in fragment
        assert headline(fragment) == several
        assert 'id="headline"' not in browser.get(asked).content.decode()


def test_the_dock_and_what_is_announced_say_the_price_of_the_headline(shop: Shop) -> None:
    page = Browser().get("/models/corner/chat").content.decode()
    fragment = Browser().get("/models/corner/chat/quote?plan=1&periods=2", headers=FRAGMENT).content.decode()
    for text, dock, said in (
        (page, "0.02 ETH once refund until", "0.02 ETH lasting access , refundable until"),
        (fragment, "0.006 ETH 60 days refund until", "0.006 ETH for 60 days , refundable until"),
    ):
        assert dock in words(text)
        assert said in words(text)
    for id_ in ("headline", "dock-price", "price-said"):
        assert f'id="{id_}"' in page
        assert re.search(f'id="{id_}"[^>]* hx-swap-oob="outerMorph"', fragment), id_


def test_every_plan_is_seen_before_signing_in(shop: Shop) -> None:
    sell_months_in_dollars(shop)
    page = Browser().get("/models/corner/chat").content.decode()
    for said in (
        "Lasting access All versions, no expiry 0.02 ETH once",
        "By the month All versions, no auto-renewal 7.5 DEMOUSD per 30 days",
    ):
        assert said in words(page)
    assert page.count('type="radio" name="plan"') == 2
    assert "Connect a wallet to buy" in page
    assert "csrfmiddlewaretoken" not in page  # a kept page of visitors holds nobody's token


def test_the_panel_and_the_quote_have_the_same_lines_so_that_nothing_moves(shop: Shop) -> None:
    def lines(text: str) -> list[str]:
        (quote,) = re.findall(r'<div id="quote".*?</dl>', text, re.DOTALL)
        return [words(each) for each in re.findall(r"<div[ >].*?</div>", quote.partition("<dl")[2], re.DOTALL)]

    page = Browser().get("/models/corner/chat").content.decode()
    fragment = Browser().get("/models/corner/chat/quote?plan=0", headers=FRAGMENT).content.decode()
    assert lines(page) == lines(fragment)
    assert [re.split(r" \d", line)[0] for line in lines(page)] == ["You pay", "Refundable until"]


@pytest.mark.parametrize("typed", ["0", "²", "-3", "9" * 5_000, "x"])
def test_a_quantity_that_is_none_is_priced_as_one(shop: Shop, typed: str) -> None:
    browser = Browser()
    browser.force_login(shop.buyer)
    refused = browser.post("/models/corner/chat/buy", {"plan": "0", "passes": typed, "accept": "yes"})
    assert refused.status_code == 422
    assert headline(refused.content.decode()) == "0.02 ETH lasting access"


def test_the_headline_follows_demand(shop: Shop) -> None:
    terms = {"target": 1, "floorBps": 5_000, "capBps": 20_000, "premiumBps": 0, "tiers": []}
    shop.send(SELLER, "ModelMarketplace", "setPricing", shop.model_id, terms)
    shop.index()
    shop.pay(payment_call(shop.prepare(quantity=2)))
    shop.rpc.call("evm_increaseTime", 86_400)
    shop.index(1)
    fragment = Browser().get("/models/corner/chat/quote?plan=0", headers=FRAGMENT).content.decode()
    assert headline(fragment) == "0.0225 ETH lasting access"


def test_a_refused_quote_leaves_the_headline(shop: Shop) -> None:
    answer = Browser().get("/models/corner/chat/quote?plan=2", headers=FRAGMENT)
    assert (answer.status_code, "headline" in answer.content.decode()) == (422, False)


def test_fair_use_does_not_read_as_the_end_of_a_pass(shop: Shop) -> None:
    page = words(Browser().get("/models/corner/chat").content.decode())
    assert "Fair use: 1,000,000 tokens in any 30 days" in page
    assert "lasting access ·" not in page


def filled_by(known: Known, browser: Browser) -> str:
    filled = filled_for(known, {name: morsel.value for name, morsel in browser.cookies.items()})
    assert filled
    return filled.body.decode()


def signed_in_as(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    assert browser.get("/models/corner/chat").status_code == 200  # whose page is kept from now on
    return browser


def panel(text: str) -> str:
    return words(text[text.index('id="buy"') : text.index("</buy-panel>")])


def test_the_panel_of_a_known_page_is_made_for_who_asks(shop: Shop) -> None:
    """The short way (config.members) asks for what somebody holds just as the long one."""
    shop.index(3)
    seller, _ = User.objects.get_or_create(address=shop.address(SELLER))
    buyers, sellers = signed_in_as(shop.buyer), signed_in_as(seller)
    trace = Trace()
    with traced(trace):
        longer = buyers.get("/models/corner/chat").content.decode()
    assert isinstance(trace.page, Known)
    for browser, said in ((buyers, "Buy access"), (sellers, "You sell this model."), (buyers, "Buy access")):
        shorter = filled_by(trace.page, browser)
        assert said in panel(shorter)
    assert panel(shorter) == panel(longer)
    shop.pay(payment_call(shop.prepare()))
    shop.index(3)
    again = filled_by(known_anew(buyers), buyers)  # what is sold may be among what the page shows
    assert "It cannot be transferred." in panel(again)
    assert "It cannot be transferred." not in panel(sellers.get("/models/corner/chat").content.decode())


def known_anew(browser: Browser) -> Known:
    trace = Trace()
    browser.get("/models/corner/chat")
    with traced(trace):
        browser.get("/models/corner/chat")
    assert isinstance(trace.page, Known)
    return trace.page


def test_a_members_model_page_takes_no_more_queries_however_much_they_have_ordered(
    shop: Shop, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    browser = signed_in_as(shop.buyer)
    with django_assert_max_num_queries(6):
        browser.get("/models/corner/chat")
    order = shop.prepare()
    shop.pay(payment_call(order))
    copies = [Order.objects.get(pk=order.pk) for _ in range(50)]
    for number, copy in enumerate(copies):
        copy.pk, copy.ref, copy.is_reusable = None, f"0x{number:064x}", False
    Order.objects.bulk_create(copies)
    shop.index(1)
    browser.get("/models/corner/chat")
    with django_assert_max_num_queries(10):
        assert "Your order" in browser.get("/models/corner/chat").content.decode()
