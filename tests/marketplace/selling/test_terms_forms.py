"""Amounts that sellers type become smallest units by the decimals that the token itself tells, or nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client as Browser

from accounts.models import User
from contracts.chain import codec
from contracts.currencies import Currency, currency_of
from contracts.models import Chain
from marketplace.onchain.models.listings import Plan
from marketplace.selling.terms_forms import AccessForm, SplitForm
from marketplace.selling.terms_now import currencies_of
from tests.marketplace.shop import SELLER, Shop
from tests.marketplace.tokens import NO_DECIMALS, odd_token

JSON = {"Accept": "application/json"}
MISTYPED = "0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"  # one letter of another case
WORD_300 = "0x61012c60005260206000f3"  # answers 300 to everything
TWO_WORDS = "0x60126000526012602052604060 00f3".replace(" ", "")  # 18, and 18 again


@pytest.fixture
def desk(shop: Shop, client: Browser) -> Browser:
    client.force_login(User.objects.get(address=shop.address(SELLER)))
    return client


def price_of_five(shop: Shop, desk: Browser, token: str, setting: str = "plan") -> Any:
    fields = {"plan": Plan.LASTING, "token": token, "price": "5", "in_per_m": "5", "out_per_m": "5"}
    return desk.post(f"/sell/anvil/{shop.model_id}/{setting}", fields, headers=JSON)


def test_a_symbol_of_bytes32_hides_no_decimals(shop: Shop, desk: Browser) -> None:
    token = odd_token(shop, b"MKR", 18)
    assert currency_of(shop.chain, token) == Currency(token, "MKR", 18)
    _, args = codec.decode_call("ModelMarketplace", price_of_five(shop, desk, token).json()["data"])
    assert args["terms"]["price"] == 5 * 10**18
    _, args = codec.decode_call("ModelMarketplace", price_of_five(shop, desk, token, "rates").json()["data"])
    assert args["rates"]["inPerM"] == 5 * 10**18


def test_a_token_without_a_symbol_is_named_by_its_address_and_counted_by_its_decimals(shop: Shop) -> None:
    token = odd_token(shop, b"", 6)
    assert currency_of(shop.chain, token).text(2_500_000) == f"2.5 {token[:6]}…{token[-4:]}"


def test_a_symbol_that_nobody_can_see_is_none(shop: Shop) -> None:
    token = odd_token(shop, "\u200b\u202e".encode(), 6)
    assert currency_of(shop.chain, token).symbol == f"{token[:6]}…{token[-4:]}"


@pytest.mark.parametrize(
    ("decimals", "answers"),
    [(NO_DECIMALS, ""), (78, ""), (255, ""), (256, ""), (2**200, ""), (18, "0x00"), (18, "0xfe"), (18, WORD_300),
     (18, TWO_WORDS)],
    ids=["none", "78", "255", "256", "huge", "empty answer", "invalid opcode", "300 to everything", "two words"],
)  # fmt: skip
def test_without_decimals_amounts_are_refused_and_shown_in_smallest_units(
    shop: Shop, desk: Browser, decimals: int, answers: str
) -> None:
    token = odd_token(shop, decimals=decimals, answers=answers)
    for setting in ("plan", "rates"):
        refused = price_of_five(shop, desk, token, setting)
        assert (refused.status_code, refused.json()["code"]) == (422, "form-refused")
        assert "cannot be read, so no amount can be set" in refused.json()["detail"]
    seen = desk.get(f"/sell/anvil/{shop.model_id}/plan/preview?plan=0&token={token}&price=5")
    assert "no amount can be set" in seen.content.decode()
    assert currency_of(shop.chain, token).text(5 * 10**18).startswith("5,000,000,000,000,000,000 smallest units of 0x")
    assert (
        desk.post(
            f"/sell/anvil/{shop.model_id}/plan", {"plan": 1, "token": token, "price": "", "off": "yes"}, headers=JSON
        ).status_code
        == 200
    )  # nothing has to be converted


def test_77_decimals_are_the_most(shop: Shop) -> None:
    token = odd_token(shop, decimals=77)
    assert currency_of(shop.chain, token).text(10**77) == "1 MKR"


def test_an_endpoint_that_fails_leaves_nothing_behind(shop: Shop, desk: Browser) -> None:
    token = odd_token(shop)
    Chain.objects.update(rpc_urls=["http://127.0.0.1:9"])
    assert currency_of(Chain.objects.get(), token).decimals is None
    refused = price_of_five(shop, desk, token)
    assert (refused.status_code, "no amount can be set" in refused.json()["detail"]) == (422, True)
    Chain.objects.update(rpc_urls=shop.chain.rpc_urls)
    _, args = codec.decode_call("ModelMarketplace", price_of_five(shop, desk, token).json()["data"])
    assert args["terms"]["price"] == 5 * 10**18
    assert currency_of(shop.chain, token).decimals == 18


def test_a_pages_input_is_empty_where_its_amount_cannot_be_typed(shop: Shop, desk: Browser) -> None:
    token = odd_token(shop, decimals=NO_DECIMALS)
    assert [each.decimals for each in currencies_of(shop.chain) if each.token == token] == [None]
    plan = {"plan": Plan.LASTING, "token": token, "price": 7, "period": 0}
    shop.send(SELLER, "ModelMarketplace", "setPlan", shop.model_id, plan)
    shop.index()
    page = desk.get(f"/sell/anvil/{shop.model_id}/").content.decode()
    assert f"smallest units of {token[:6]}…{token[-4:]}" in page
    assert 'value="7"' not in page.replace('<data value="7"', "")


def test_no_form_takes_an_address_whose_checksum_is_wrong() -> None:
    split = SplitForm(QueryDict(f"recipient={MISTYPED}&percent=100"), seller="0x" + "1" * 40)
    access = AccessForm(QueryDict(f"addresses={MISTYPED}"))
    for form in (split, access):
        assert not form.is_valid()
        assert "is not an address" in str(form.errors)
    assert AccessForm(QueryDict(f"addresses={MISTYPED.lower()}")).is_valid()
