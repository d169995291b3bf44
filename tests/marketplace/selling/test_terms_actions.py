"""A seller sets the terms of a listing: each form is one transaction, and the page shows what the chain then says."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from contracts.chain import codec
from contracts.models import AcceptedToken
from contracts.money import Tier, quote
from contracts.names import COIN
from marketplace.listings.access_lists import AccessList
from marketplace.onchain.models.listings import OnchainListing, Plan
from marketplace.onchain.models.pricing import OnchainPricing, OnchainRates, Rates
from marketplace.selling.terms_actions import own_listing, prepare_access_list
from marketplace.selling.terms_now import current_terms
from tests.marketplace.buying.test_at_once import at_once
from tests.marketplace.shop import BUYER, OTHER, PRICE, SELLER, Shop

JSON = {"Accept": "application/json"}


@pytest.fixture
def desk(shop: Shop, client: Browser) -> Browser:
    client.force_login(User.objects.get(address=shop.address(SELLER)))
    return client


def page(shop: Shop, setting: str = "") -> str:
    return f"/sell/anvil/{shop.model_id}/{setting}"


def sign(shop: Shop, desk: Browser, setting: str, **fields: Any) -> OnchainListing:
    """Send a form, have the wallet sign what comes back, and return the listing as it then is."""
    answer = desk.post(page(shop, setting), fields, headers=JSON)
    assert answer.status_code == 200, answer.content
    call = answer.json()
    sent = {"from": shop.address(SELLER), "to": call["to"], "data": call["data"], "gas": hex(1_000_000)}
    shop.submit(sent)
    shop.index(1)
    return OnchainListing.objects.prefetch_related("plans").get(model_id=shop.model_id)


def refusal(shop: Shop, desk: Browser, setting: str, **fields: Any) -> str:
    answer = desk.post(page(shop, setting), fields, headers=JSON)
    assert answer.status_code == 422, answer.content
    return str(answer.json()["detail"])


def test_a_plan_is_priced_in_coin_or_a_token_and_taken_off(shop: Shop, desk: Browser) -> None:
    listing = sign(shop, desk, "plan", plan=Plan.LASTING, token=COIN, price="0.031")
    assert next((plan.plan, plan.price) for plan in listing.plans.all()) == (Plan.LASTING, 31 * 10**15)
    dollar = AcceptedToken.objects.get(accepted=True).address
    listing = sign(shop, desk, "plan", plan=Plan.SUBSCRIPTION, token=dollar, price="2.5")
    month = listing.plans.get(plan=Plan.SUBSCRIPTION)
    assert (month.token, month.price) == (dollar, 2_500_000)
    assert "2.5 <span" in desk.get(page(shop)).content.decode()
    listing = sign(shop, desk, "plan", plan=Plan.SUBSCRIPTION, token=dollar, price="", off="yes")
    assert [plan.plan for plan in listing.plans.all()] == [Plan.LASTING]
    for price, why in (("0,5", "is not a number"), ("-1", "is not a number"), ("", "is not a number")):
        assert why in refusal(shop, desk, "plan", plan=Plan.LASTING, token=COIN, price=price)
    assert "at most 6 digits" in refusal(shop, desk, "plan", plan=Plan.LASTING, token=dollar, price="0.0000001")
    assert "price" in refusal(shop, desk, "plan", plan=Plan.LASTING, token=COIN, price="0").lower()
    refusal(shop, desk, "plan", plan=Plan.LASTING, token=shop.address(OTHER), price="1")


def test_rates_hold_ten_minutes_later_as_the_contract_says(shop: Shop, desk: Browser) -> None:
    sign(shop, desk, "rates", token=COIN, in_per_m="0.001", out_per_m="0.003")
    kept = OnchainRates.objects.get()
    first = Rates(10**15, 3 * 10**15)
    assert (kept.at(kept.last_from - timedelta(seconds=1)), kept.at(kept.last_from)) == (None, first)
    assert "0.001" in desk.get(page(shop)).content.decode()
    sign(shop, desk, "rates", token=COIN, in_per_m="0.002", out_per_m="0.003")  # before the first were in force
    kept = OnchainRates.objects.get()
    assert (kept.at(kept.last_from - timedelta(seconds=1)), kept.last) == (None, Rates(2 * 10**15, 3 * 10**15))
    shop.rpc.call("evm_increaseTime", 700)
    sign(shop, desk, "rates", token=COIN, in_per_m="", out_per_m="", off="yes")
    kept = OnchainRates.objects.get()
    said = _view(shop, "Pricing", "ratesOf", shop.model_id, COIN)
    assert said == [True, 2 * 10**15, 3 * 10**15]
    assert (kept.at(timezone.now() - timedelta(days=1)), kept.last) == (Rates(2 * 10**15, 3 * 10**15), None)


def test_tiers_and_demand_are_quoted_by_the_contract_as_they_were_previewed(shop: Shop, desk: Browser) -> None:
    fields: dict[str, Any] = {"demand": "yes", "target": "10", "floor": "80", "cap": "150", "premium": "5"}
    fields |= {"tier_from": ["5", "20", ""], "tier_discount": ["10", "22.5", ""]}
    seen = desk.get(page(shop, "pricing/preview"), fields).content.decode()
    sign(shop, desk, "pricing", **fields)
    pricing = OnchainPricing.objects.get()
    assert pricing.terms.tiers == (Tier(5, 1_000), Tier(20, 2_250))
    assert (pricing.target, pricing.floor_bps, pricing.cap_bps, pricing.premium_bps) == (10, 8_000, 15_000, 500)
    for count in (1, 5, 20):
        said = _view(shop, "ModelMarketplace", "quote", shop.model_id, Plan.LASTING, count)["total"]
        assert said == quote(pricing.terms, PRICE, count).total
    assert "0.31 ETH" in seen  # twenty at 0.02 with 22.5 per cent off
    assert "nobody buys" in seen
    assert seen.count("<line") == 3 * 24 + 3
    sign(shop, desk, "pricing", premium="0")
    assert OnchainPricing.objects.get().target == 0


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"demand": "yes", "floor": "80", "cap": "150"}, "how many units"),
        ({"demand": "yes", "target": "1", "floor": "10", "cap": "150"}, "floor has to be 50 to 100"),
        ({"tier_from": ["20", "5"], "tier_discount": ["10", "20"]}, "have to rise"),
        ({"tier_from": ["5"], "tier_discount": ["95"]}, "at most 90 per cent"),
        ({"tier_from": ["1"], "tier_discount": ["5"]}, "at least two"),
        ({"tier_from": ["2", "3", "4", "5", "6", "7"], "tier_discount": list("123456")}, "at most five"),
        ({"premium": "30"}, "at most 25 per cent"),
    ],
)
def test_pricing_outside_the_bounds_is_refused(shop: Shop, desk: Browser, fields: dict[str, Any], why: str) -> None:
    assert why in refusal(shop, desk, "pricing", **fields)


def test_a_split_comes_to_a_hundred_and_the_rest_is_the_sellers(shop: Shop, desk: Browser) -> None:
    seller, other, third = (shop.address(number) for number in (SELLER, OTHER, BUYER))
    listing = sign(shop, desk, "split", recipient=[other, third], percent=["33.33", "33.33"], rest="yes")
    assert listing.split == [[seller, 3_334], [other, 3_333], [third, 3_333]]
    seen = desk.get(page(shop, "split/preview"), {"recipient": [other, third], "percent": ["50", "25"]})
    assert "75 % of 100" in seen.content.decode()
    for recipients, percents, why in (
        ([other], ["99.99"], "come to 99.99 per cent"),
        ([other, third], ["60", "60"], "come to 120 per cent"),
        ([other, other], ["50", "50"], "stands there twice"),
        (["0x1234", other], ["50", "50"], "is not an address"),
        ([COIN, other], ["50", "50"], "is not an address"),
        ([other, third], ["100", "0"], "has to get something"),
        ([other], ["33.333"], "two digits"),
        ([], [], "come to 0 per cent"),
    ):
        assert why in refusal(shop, desk, "split", recipient=recipients, percent=percents), why
    mistyped = User(address=other).checksum.swapcase().replace("0X", "0x")
    assert "is not an address" in refusal(shop, desk, "split", recipient=[mistyped], percent=["100"])
    many = [f"0x{number:040x}" for number in range(1, 22)]
    assert "At most 20" in refusal(shop, desk, "split", recipient=many, percent=["4"] * 20 + ["20"])


def test_only_the_list_may_buy_and_its_members_can_show_it(shop: Shop, desk: Browser) -> None:
    members = [shop.address(number) for number in (BUYER, OTHER, 5, 6, 7)]
    listing = sign(shop, desk, "access", addresses="\n".join([*members, members[0].upper().replace("0X", "0x")]))
    kept = AccessList.objects.get(root=listing.access_list)
    assert sorted(members) == kept.members
    order = {"modelId": shop.model_id, "plan": 0, "quantity": 1, "recipient": members[1], "token": COIN}
    order |= {"maxPrice": PRICE, "deadline": 2**60, "referrer": COIN, "ref": "0x" + "7" * 64}
    data = codec.call_data("ModelMarketplace", "purchaseWithProof", [order, kept.proof_for(members[1])])
    bought = {"from": members[1], "to": shop.chain.deployment["ModelMarketplace"], "data": data, "value": hex(PRICE)}
    assert int(shop.rpc.call("eth_call", bought, "latest"), 16) == PRICE
    assert "5 addresses" in desk.get(page(shop)).content.decode()
    assert "is not an address" in refusal(shop, desk, "access", addresses="nobody")
    assert "at least one" in refusal(shop, desk, "access", addresses=" ")
    assert sign(shop, desk, "access", everybody="yes").access_list == ""


def test_a_list_that_is_set_twice_at_once_is_kept_once(committed: Shop) -> None:
    seller = User.objects.get(address=committed.address(SELLER))
    listing = own_listing(user=seller, chain=committed.chain, model_id=committed.model_id)
    members = [committed.address(number) for number in (BUYER, OTHER)]
    calls = at_once(lambda: prepare_access_list(user=seller, listing=listing, members=members))
    assert len({call.data for call in calls}) == 1
    assert AccessList.objects.get().members == sorted(members)


def test_transfers_and_the_state_of_the_sale(shop: Shop, desk: Browser) -> None:
    assert sign(shop, desk, "transfers", allowed="yes").transfers_allowed
    assert sign(shop, desk, "state", state=2).state == 2
    assert "paused by its seller, so this cannot be done" in refusal(shop, desk, "state", state=2)
    assert sign(shop, desk, "state", state=1).state == 1
    assert "never be sold again" in refusal(shop, desk, "state", state=4)
    assert sign(shop, desk, "state", state=4, sure="yes").state == 4


def test_resale_is_allowed_with_a_part_for_the_seller_and_forbidden_again(shop: Shop, desk: Browser) -> None:
    said = preview(shop, desk, "resale", allowed="yes", royalty="5")
    assert "Passes may be resold no yes" in said
    assert "Of a resale at 0.02 ETH, to you 0 ETH 0.001 ETH" in said
    assert "Of a resale at 0.02 ETH, to its holder 0.02 ETH 0.019 ETH" in said
    listing = sign(shop, desk, "resale", allowed="yes", royalty="5")
    assert (listing.resale_allowed, listing.resale_royalty_bps) == (True, 500)
    assert _view(shop, "AccessPass", "policyOf", int(shop.model_id, 16)) == {
        "transfers": False,
        "resale": True,
        "royaltyBps": 500,
    }
    assert "yes, 5 % to you" in " ".join(desk.get(page(shop)).content.decode().split())
    for royalty, why in (("10.01", "at most 10 per cent"), ("a", "is not a number")):
        assert why in refusal(shop, desk, "resale", allowed="yes", royalty=royalty)
    assert not sign(shop, desk, "resale", allowed=["yes", "no"], royalty="5").resale_allowed  # the button's word counts


def test_each_term_stands_beside_what_it_means_before_anything_is_typed(shop: Shop, desk: Browser) -> None:
    sign(shop, desk, "split", recipient=[shop.address(OTHER)], percent=["40"], rest="yes")
    sign(shop, desk, "rates", token=COIN, in_per_m="0.001", out_per_m="0.003")
    seen = " ".join(re.sub(r"<[^>]*>", " ", desk.get(page(shop)).content.decode()).split())
    assert "A pass 0.02 ETH The protocol’s fee, 2.5 % 0.0005 ETH You, 60 % 0.0117 ETH" in seen
    assert "40 % 0.0078 ETH" in seen
    assert "An answer: 500 tokens read, 200 written 0.0000011 ETH" in seen
    assert "Passes may be resold no" in seen


def test_a_term_that_is_refused_without_a_script_says_why_in_its_own_place(shop: Shop, desk: Browser) -> None:
    answer = desk.post(page(shop, "plan"), {"plan": Plan.SUBSCRIPTION, "token": COIN, "price": "x"})
    parts = answer.content.decode().split("<form")
    assert answer.status_code == 422
    assert [part.count("is not a number") for part in parts if 'name="plan"' in part] == [0, 1]


def test_the_terms_are_the_sellers_alone(shop: Shop, client: Browser) -> None:
    assert client.get(page(shop)).status_code == 302
    client.force_login(shop.buyer)
    for answer in (
        client.get(page(shop)),
        client.get(page(shop, "plan/preview")),
        client.post(page(shop, "state"), {"state": 2}, headers=JSON),
    ):
        assert answer.status_code == 403
    client.force_login(User.objects.get(address=shop.address(SELLER)))
    assert client.get(f"/sell/anvil/0x{'1' * 64}/").status_code == 404
    assert client.post(page(shop, "nothing")).status_code == 404


def preview(shop: Shop, desk: Browser, setting: str, **fields: Any) -> str:
    """Return what a form's preview says, without its tags."""
    seen = desk.get(page(shop, f"{setting}/preview"), fields).content.decode()
    return " ".join(re.sub(r"<[^>]*>", " ", seen).split())


def test_each_form_says_what_it_would_change(shop: Shop, desk: Browser) -> None:
    said = preview(shop, desk, "plan", plan=Plan.LASTING, token=COIN, price="0.04")
    assert "A pass 0.02 ETH 0.04 ETH" in said
    assert "0.001 ETH" in said  # the fee
    assert "0.039 ETH" in said
    assert "not offered" in preview(shop, desk, "plan", plan=Plan.LASTING, token=COIN, price="", off="yes")
    said = preview(shop, desk, "rates", token=COIN, in_per_m="0.001", out_per_m="0.003")
    assert "1,000,000 tokens written not offered 0.003 ETH" in said
    assert "ten minutes after the block" in said
    other = shop.address(OTHER)
    said = preview(shop, desk, "split", recipient=[other], percent=["25"], rest="yes")
    assert "100 % of 100" in said
    assert "75 % 0.014625 ETH" in said
    assert "25 % 0.004875 ETH" in said
    assert "What rounding leaves" in said
    assert "everybody 1 address" in preview(shop, desk, "access", addresses=other)
    assert "Offer a plan first" in preview(_without_plans(shop, desk), desk, "pricing", premium="5")


def _without_plans(shop: Shop, desk: Browser) -> Shop:
    for plan in (Plan.LASTING, Plan.SUBSCRIPTION):
        sign(shop, desk, "plan", plan=plan, token=COIN, price="", off="yes")
    return shop


def test_without_javascript_a_form_is_a_page_to_copy_from_or_says_what_is_wrong(shop: Shop, desk: Browser) -> None:
    answer = desk.post(page(shop, "plan"), {"plan": 0, "token": COIN, "price": "0.05"})
    assert "setPlan(bytes32,(uint8,address,uint256,uint64))" in answer.content.decode()
    refused = desk.post(page(shop, "plan"), {"plan": 0, "token": COIN, "price": "much"})
    assert (refused.status_code, "“much” is not a number" in refused.content.decode()) == (422, True)


def test_the_current_terms_take_a_fixed_number_of_queries(
    shop: Shop, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    seller = User.objects.get(address=shop.address(SELLER))
    listing = own_listing(user=seller, chain=shop.chain, model_id=shop.model_id)
    with django_assert_num_queries(6):
        current_terms(listing)


def _view(shop: Shop, contract: str, function: str, *args: Any) -> Any:
    answer = shop.rpc.eth_call(shop.chain.deployment[contract], codec.call_data(contract, function, args))
    return codec.decode_result(contract, function, answer)
