"""The panel beside a model: one price, that of what is chosen, and words that say no more than is so."""

from __future__ import annotations

import re

from django.test import Client as Browser

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
    for plan, said in ((1, "7.5 DEMOUSD for 30 days"), (0, "0.02 ETH lasting access")):
        refused = browser.post("/models/corner/chat/buy", {"plan": str(plan)})  # the licence was not accepted
        assert headline(refused.content.decode()) == said
        asked = f"/models/corner/chat/quote?plan={plan}&periods=3&passes=2"
        fragment = browser.get(asked, headers=FRAGMENT).content.decode()
        assert 'id="headline" hx-swap-oob="outerMorph"' in fragment
        assert headline(fragment) == said  # of one, whatever the quantity
        assert 'id="headline"' not in browser.get(asked).content.decode()


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
    assert "Fair use: up to about 5,000 answers in any 30 days" in page
    assert "lasting access ·" not in page
