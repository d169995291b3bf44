"""What a purchase would cost, part by part, as the contract says it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client as Browser

from marketplace.buying.paying import payment_call
from marketplace.buying.quotes import ask_quote
from marketplace.onchain.models.listings import Plan
from marketplace.onchain.models.sales import PurchaseFact
from tests.marketplace.shop import OTHER, PERIOD, PRICE, SELLER, Shop


def test_the_quote_shows_its_parts(shop: Shop) -> None:
    tiers = {"target": 0, "floorBps": 0, "capBps": 0, "premiumBps": 0, "tiers": [{"from": 10, "discountBps": 1_000}]}
    shop.send(SELLER, "ModelMarketplace", "setPricing", shop.model_id, tiers)
    made = ask_quote(shop.chain, shop.model_id, Plan.LASTING, 10)
    assert (made.discount_percent, made.discount, made.total) == (10, PRICE, 9 * PRICE)
    assert (made.fee, made.sellers_part) == (9 * PRICE * 250 // 10_000, 9 * PRICE * 9_750 // 10_000)
    shop.index()
    page = Browser().get(f"/models/corner/chat/quote?plan=0&passes=10&referrer={shop.address(OTHER)}")
    text = page.content.decode()
    assert "Off for quantity, 10 %" in text
    assert "Referrer gets, from the fee" in text
    assert "0.18" in text
    order = shop.prepare(quantity=10)
    assert (order.price, order.quote["discount_bps"]) == (9 * PRICE, 1_000)


def test_a_quote_says_what_buying_changes(shop: Shop) -> None:
    order = shop.prepare(Plan.SUBSCRIPTION)
    shop.pay(payment_call(order))
    shop.index(3)
    end = PurchaseFact.objects.get().time.timestamp() + 3 * PERIOD
    browser = Browser()
    browser.force_login(shop.buyer)
    text = browser.get("/models/corner/chat/quote?plan=1&periods=2").content.decode()
    assert "If you buy again," in text
    assert "If you buy again," in browser.get("/models/corner/chat").content.decode()
    assert "If you buy again," not in Browser().get("/models/corner/chat").content.decode()
    assert f"Access until</dt><dd>{datetime.fromtimestamp(end, UTC).day} " in text
    assert "Access until" not in Browser().get("/models/corner/chat/quote?plan=1&periods=2").content.decode()


@pytest.mark.parametrize("asked", ["", "plan=2", "plan=0&passes=101", "plan=1&periods=13"])
def test_a_quote_for_nothing_is_refused(shop: Shop, asked: str) -> None:
    partial = {"HX-Request": "true", "HX-Target": "div#quote", "HX-Request-Type": "partial"}
    answer = Browser().get(f"/models/corner/chat/quote?{asked}", headers=partial)
    assert answer.status_code == 422
    assert answer.content.decode().strip().startswith('<div id="quote"')
    assert "1 to 100 passes or 1 to 12 periods" in answer.content.decode()
