"""The pages of refunds and disputes."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client as Browser

from accounts.models import User
from contracts.models.protocol import Parameter
from contracts.names import COIN, DAY
from marketplace.buying.states import State
from marketplace.money.payouts import prepare_withdrawal
from marketplace.money.verification import money_at
from marketplace.onchain.models.listings import Plan
from marketplace.onchain.models.returns import PurchaseReturn
from marketplace.onchain.models.sales import PurchaseFact
from marketplace.returns.actions import (
    prepare_refund,
)
from tests.marketplace.returns.story import MODERATOR, bought, disputed, moderator, posted, sign
from tests.marketplace.shop import BUYER, OTHER, SELLER, Shop


def test_the_pages_of_a_dispute_are_its_parties_alone(shop: Shop) -> None:
    made = disputed(shop, bought(shop), "<b>bold</b>")
    seen = {}
    for number in (BUYER, SELLER, OTHER, MODERATOR):
        user = User.objects.get_or_create(address=shop.address(number))[0]
        browser = Browser()
        browser.force_login(user)
        page = browser.get(f"/disputes/{made.receipt}")
        seen[number] = page.status_code
        listed = browser.get("/disputes/").content.decode().replace("<wbr>", "")
        assert ("corner/chat" in listed) == (number != OTHER)
        if page.status_code == 200:
            assert "&lt;b&gt;bold&lt;/b&gt;" in page.content.decode()
    assert seen == {BUYER: 200, SELLER: 200, OTHER: 404, MODERATOR: 200}


def test_a_dispute_whose_purchase_a_reorganisation_has_just_taken_is_not_found(shop: Shop) -> None:
    made = disputed(shop, bought(shop), "text")
    PurchaseFact.objects.all().delete()
    browser = Browser()
    browser.force_login(User.objects.get(address=shop.address(BUYER)))
    assert browser.get(f"/disputes/{made.receipt}").status_code == 404


def test_every_page_of_money_says_whether_it_matches_the_chain(shop: Shop) -> None:
    order = bought(shop)
    made = disputed(shop, order)
    _, found = money_at(chain=shop.chain, number=shop.chain.head())
    assert not found.differences
    seller = User.objects.get_or_create(address=shop.address(SELLER))[0]
    dispute, terms = f"/disputes/{made.receipt}", f"/sell/{shop.chain.short_name}/{shop.model_id}/"
    pages = {shop.buyer: ["/account/", order.get_absolute_url(), dispute], seller: ["/sell/", "/disputes/", terms]}
    for user, addresses in pages.items():
        browser = Browser()
        browser.force_login(user)
        for address in addresses:
            page = browser.get(address).content.decode()
            assert f"Matches the chain at block {found.block_number}" in page, address


def test_the_rules_say_how_long_the_contract_gives_for_a_ruling(shop: Shop, client: Browser) -> None:
    client.force_login(shop.buyer)
    assert "A moderator rules within 14 days." in client.get("/disputes/").content.decode()
    Parameter.objects.filter(key="disputeLimit").update(value=20 * DAY)
    page = client.get("/disputes/").content.decode()
    assert page.count("within 20 days.") == 2
    Parameter.objects.filter(key="disputeLimit").update(value=20 * DAY + 1)
    assert "A moderator rules in time." in client.get("/disputes/").content.decode()


WITHDRAW = 'href="/account/#credits-title"'


def test_a_refund_is_offered_to_withdraw_until_it_is_withdrawn(shop: Shop, client: Browser) -> None:
    client.force_login(shop.buyer)
    order = bought(shop)
    shop.pay(prepare_refund(user=shop.buyer, ref=order.ref))
    shop.index(3)
    assert WITHDRAW in client.get(order.get_absolute_url()).content.decode()
    shop.pay(prepare_withdrawal(user=shop.buyer, chain=shop.chain, token=order.token))
    shop.index()
    assert WITHDRAW not in client.get(order.get_absolute_url()).content.decode()


def test_a_list_of_disputes_takes_a_fixed_number_of_queries(shop: Shop, django_assert_num_queries: Any) -> None:
    browser = Browser()
    browser.force_login(moderator(shop))
    for count in (1, 2):
        disputed(shop, bought(shop, Plan.SUBSCRIPTION, count))
        with django_assert_num_queries(6):
            browser.get("/disputes/")


def test_the_account_takes_as_many_queries_for_many_orders(shop: Shop, django_assert_max_num_queries: Any) -> None:
    browser = Browser()
    browser.force_login(shop.buyer)
    counted = []
    for count in (1, 2, 3):
        shop.pay(prepare_refund(user=shop.buyer, ref=bought(shop, Plan.SUBSCRIPTION, count).ref))
        shop.index(3)
        with django_assert_max_num_queries(8) as queries:
            assert browser.get("/account/").content.decode().count("Refunded") == count
        counted.append(len(queries))
    assert len(set(counted)) == 1


def test_forms_lead_from_a_purchase_to_a_ruling(shop: Shop) -> None:
    order = bought(shop)
    path = f"/orders/{order.ref}"
    assert posted(shop, BUYER, f"{path}/dispute", text="").json()["code"] == "evidence-missing"
    sign(shop, BUYER, posted(shop, BUYER, f"{path}/dispute", text="It answers in another language."))
    receipt = PurchaseReturn.objects.get().receipt
    assert posted(shop, SELLER, f"/disputes/{receipt}/rule", ruling="buyer", reason="Mine.").status_code == 403
    assert posted(shop, MODERATOR, f"/disputes/{receipt}/rule", ruling="buyer", reason="").status_code == 422
    sign(shop, MODERATOR, posted(shop, MODERATOR, f"/disputes/{receipt}/rule", ruling="buyer", reason="It does."))
    assert shop.progress(order).state is State.RULED_FOR_BUYER


def test_forms_give_in_and_refund(shop: Shop) -> None:
    sign(shop, BUYER, posted(shop, BUYER, f"/orders/{bought(shop).ref}/dispute", text="It is slow."))
    receipt = PurchaseReturn.objects.get().receipt
    assert posted(shop, OTHER, f"/disputes/{receipt}/close").status_code == 404
    sign(shop, BUYER, posted(shop, BUYER, f"/disputes/{receipt}/close"))
    order = bought(shop, Plan.SUBSCRIPTION)
    sign(shop, BUYER, posted(shop, BUYER, f"/orders/{order.ref}/refund"))
    assert shop.progress(order).state is State.REFUNDED


def test_the_credit_is_a_fragment_of_the_account(shop: Shop) -> None:
    order = bought(shop)
    shop.pay(prepare_refund(user=shop.buyer, ref=order.ref))
    shop.index(3)
    browser = Browser()
    browser.force_login(shop.buyer)
    asked = {"HX-Request": "true", "HX-Target": "div#credits", "HX-Request-Type": "partial"}
    for headers in ({}, asked):
        page = browser.get("/account/", headers=headers).content.decode()
        assert "0.02" in page
        assert ("<html" in page) == (not headers)
        # What is next comes along; what can be withdrawn is not among it, but lit where it stands.
        assert ('<div id="needs" hx-swap-oob' in page, 'id="needs-title"' in page) == (bool(headers), False)
        lit = re.findall(r'<button class="btn wide act">\s*Withdraw 0\.02\sETH\s*</button>', page)
        assert len(lit) == len(re.findall(r"Withdraw\s[\d.]+\sETH", page)) == 1
    drawn = browser.post("/account/anvil/withdraw", {"token": COIN}, headers={"Accept": "application/json"})
    assert drawn.json()["to"] == shop.chain.deployment["RevenueSplitter"]
    assert browser.post("/account/anvil/withdraw", {"token": "coin"}).status_code == 422


def test_an_empty_list_speaks_to_a_seller_of_sales_and_to_others_of_orders(shop: Shop) -> None:
    for number, said, href in (
        (SELLER, "When a buyer disputes a sale", "/sell/"),
        (BUYER, "you can dispute it", "/account/"),
    ):
        browser = Browser()
        browser.force_login(User.objects.get_or_create(address=shop.address(number))[0])
        page = browser.get("/disputes/").content.decode()
        assert said in page
        assert f'<a class="btn" href="{href}">' in page
