"""What each gets of a draft's price, as the contract would share it."""

from typing import Any

import pytest

from contracts.currencies import Currency
from contracts.names import COIN
from marketplace.publish.earning import answer_of, currency_named, parts_of_split, priced_of, sales_of

ETH, USD = Currency(COIN, "ETH", 18), Currency("0x" + "d" * 40, "USDd", 6)
BOTH = [ETH, USD]
SELLER, FRIEND = "0x" + "a" * 40, "0x" + "b" * 40


def plan(price: str, kind: str = "pass", currency: str = "") -> dict[str, Any]:
    return {"kind": kind, "price": price, "currency": currency}


def test_a_sale_is_shared_to_the_last_unit() -> None:
    manifest = {
        "plans": [plan("0.02")],
        "splits": [{"address": FRIEND, "percent": "33.33"}],
        "adapted_from": {"parent": "a/b", "royalty": "10"},
    }
    (sale,) = sales_of(manifest, priced_of(manifest, BOTH), SELLER, 200)
    assert sale.paid == "0.02 ETH"
    amounts = [part.split()[0] for _label, part in sale.parts]
    assert amounts[0] == "0.0004"
    assert sum(int(each.replace(".", "").ljust(19, "0")) for each in amounts) == 2 * 10**16
    assert [label.partition(",")[0] for label, _part in sale.parts][2:] == ["You", "0xbbbb…bbbb"]


def test_plans_are_read_in_any_accepted_currency_and_half_a_price_is_none() -> None:
    manifest = {"plans": [plan("5", "subscription", "usdd"), plan("0."), plan("x"), plan("1", currency="DOGE")]}
    assert [(each.price, each.currency.symbol) for each in priced_of(manifest, BOTH)] == [
        (0, "ETH"),
        (5_000_000, "USDd"),
    ]
    assert currency_named("", BOTH) == ETH
    assert currency_named(USD.token, BOTH) == USD


@pytest.mark.parametrize(
    "splits",
    [
        [{"address": "0x12", "percent": "10"}],
        [{"address": FRIEND, "percent": ""}],
        [{"address": FRIEND, "percent": "60"}, {"address": FRIEND, "percent": "10"}],
        [{"address": FRIEND, "percent": "101"}],
    ],
)
def test_half_a_split_shares_nothing_yet(splits: list[dict[str, str]]) -> None:
    manifest = {"plans": [plan("1")], "splits": splits}
    assert parts_of_split(manifest, SELLER) is None
    assert sales_of(manifest, priced_of(manifest, BOTH), SELLER, 200) == []


def test_the_rest_is_the_sellers_first() -> None:
    assert parts_of_split({}, SELLER) == [(SELLER, 10_000)]
    given = {"splits": [{"address": FRIEND, "percent": "25"}, {"address": SELLER, "percent": "5"}]}
    assert parts_of_split(given, SELLER) == [(SELLER, 7_500), (FRIEND, 2_500)]
    assert parts_of_split({"splits": [{"address": FRIEND, "percent": "100"}]}, SELLER) == [(FRIEND, 10_000)]


def test_an_answer_costs_its_tokens_rounded_up() -> None:
    manifest = {"rates": [{"in_per_m": "1", "out_per_m": "2", "currency": "USDd"}]}
    assert "0.0009 USDd" in answer_of(manifest, BOTH)
    assert answer_of({"rates": [{"in_per_m": "1"}]}, BOTH) == ""
    assert answer_of({}, BOTH) == ""
