"""Signatures in words: sign-ins, permits, and what nobody knows."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from accounts import siwe
from accounts.addresses import checksum
from accounts.demo import PERSONAS
from contracts.names import SPLITTER
from tests.marketplace.shop import BUYER, Shop

from .conftest import Ask, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.marketplace.wallet.demo_urls")]

VOTER = PERSONAS[2].address  # anvil's fourth account, who buys in these tests
STRANGER = "0x" + "ab" * 20
MILLION = 10**6


def message(origin: str = "http://testserver", address: str = VOTER) -> str:
    return siwe.compose(address=address, origin=origin, chain_id=31337, nonce="a" * 32)


def signed(ask: Ask, text: str, age: int = 0) -> str:
    return text_of(ask("personal_sign", ["0x" + text.encode().hex(), VOTER], age=age))


@pytest.fixture
def permit(shop: Shop) -> dict[str, Any]:
    """Typed data that lets the marketplace take five of the buyer's 1,000 demo dollars."""
    shop.send(BUYER, "DemoDollar", "faucet")
    names = ("name", "version", "chainId", "verifyingContract")
    kinds = ("string", "string", "uint256", "address")
    fields = (("owner", "address"), ("spender", "address"), ("value", "uint256"), ("nonce", "uint256"))
    token = shop.chain.deployment["DemoDollar"]
    return {
        "domain": {"name": "Demo Dollar", "version": "1", "chainId": 31337, "verifyingContract": token},
        "types": {
            "EIP712Domain": [{"name": name, "type": kind} for name, kind in zip(names, kinds, strict=True)],
            "Permit": [{"name": name, "type": kind} for name, kind in (*fields, ("deadline", "uint256"))],
        },
        "primaryType": "Permit",
        "message": {
            "owner": VOTER,
            "spender": shop.chain.deployment[SPLITTER],
            "value": str(5 * MILLION),
            "nonce": "7",
            "deadline": str(int(time.time()) + 1800),
        },
    }


def typed(ask: Ask, data: object) -> str:
    return text_of(ask("eth_signTypedData_v4", [VOTER, data if isinstance(data, str) else json.dumps(data)]))


def test_a_sign_in_says_where_as_whom_until_when_and_how_often(shop: Shop, ask: Ask) -> None:
    text = signed(ask, message())
    assert text.startswith(f"Sign in to testserver {siwe.STATEMENT}")
    assert "Site testserver As you Until" in text
    assert "in 4" in text  # minutes of its five
    assert "Can be used once" in text
    assert "wants you to sign in with your Ethereum account" in text


def test_a_sign_in_for_another_site_or_account_is_warned_of(shop: Shop, ask: Ask) -> None:
    foreign = signed(ask, message("https://evil.example"))
    assert "It signs you in elsewhere The message is for evil.example, and this page is testserver." in foreign
    other = signed(ask, message(address=checksum(STRANGER)))
    assert f"It names another account {checksum(STRANGER)}" in other
    assert "elsewhere" not in signed(ask, message())


def test_an_old_sign_in_is_over(shop: Shop, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(siwe, "MAX_AGE", -siwe.MAX_AGE)  # so that it ended before it was made
    assert "The message is over" in signed(ask, message())


def test_another_text_is_shown_whole_and_called_no_sign_in(shop: Shop, ask: Ask) -> None:
    for text in ("Send me all", "\u202eevil\u200b", "", "localhost wants you to sign in"):
        shown = signed(ask, text)
        assert shown.startswith("Sign a text")
        assert "It is no sign-in" in shown
        assert text.replace("\u202e", "[U+202E]").replace("\u200b", "[U+200B]") in shown


def test_bytes_that_are_no_text_are_shown_as_bytes(shop: Shop, ask: Ask) -> None:
    assert "0xff00ff" in text_of(ask("personal_sign", ["0xff00ff", VOTER]))


def test_a_permit_says_who_how_much_of_how_much_until_when_and_how_often(
    shop: Shop, ask: Ask, permit: dict[str, Any]
) -> None:
    text = typed(ask, permit)
    assert text.startswith("Let the marketplace take 5 demo dollars once")
    assert "Who may take it the marketplace (RevenueSplitter) At most 5 DEMOUSD Of your 1,000 DEMOUSD Until" in text
    assert "Can be used once, as number 7" in text
    assert "Same address as in the Registry on chain" in text
    assert "Permit, EIP-712, 5 fields" in text
    assert "It counts for long" not in text


CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "a stranger": ({"spender": STRANGER}, {}, "Who may take it is unknown"),
    "no limit": ({"value": str(2**256 - 1)}, {}, "There is no limit"),
    "too much": ({"value": str(2_000 * MILLION)}, {}, "You have 1,000 demo dollars too little"),
    "for years": ({"deadline": str(2**34)}, {}, "It counts for long"),
    "for ever": ({"deadline": str(2**256 - 1)}, {}, "without an end"),
    "over": ({"deadline": "1"}, {}, "It is over already"),
    "another's": ({"owner": STRANGER}, {}, "It names another account"),
    "another chain": ({}, {"chainId": 1}, "It counts on another chain"),
    "no chain": ({}, {"chainId": None}, "It counts on every chain"),
    "a chain that is none": ({}, {"chainId": "1e3"}, "It counts on every chain"),
    "another token": ({}, {"verifyingContract": STRANGER}, "The currency is unknown"),
}


def test_a_permit_that_allows_more_than_a_payment_is_warned_of(shop: Shop, ask: Ask, permit: dict[str, Any]) -> None:
    plain = typed(ask, permit)
    for name, (values, domain, warning) in CHANGES.items():
        changed = {**permit, "message": permit["message"] | values, "domain": permit["domain"] | domain}
        assert warning not in plain, name
        assert warning in typed(ask, changed), name


def test_what_only_calls_itself_a_permit_is_unknown(shop: Shop, ask: Ask, permit: dict[str, Any]) -> None:
    wider = [*permit["types"]["Permit"], {"name": "everything", "type": "bool"}]
    permit["types"]["Permit"] = wider
    text = typed(ask, {**permit, "message": {**permit["message"], "everything": True}})
    assert text.startswith("Sign “Permit” ")
    assert "The wallet does not know what this allows" in text
    assert "everything True" in text


ODD: dict[str, Any] = {
    "no JSON": "{",
    "a number": "5",
    "no domain": {"message": {}},
    "a list": "[]",
    "deep": "[" * 50_000,
    "a field that turns around": {"domain": {}, "primaryType": "X", "message": {"a": "\u202eb"}},
    "a value that is no number": {"domain": {"chainId": "x"}, "primaryType": "Permit", "message": {"value": {}}},
}


def test_any_typed_data_can_be_shown(shop: Shop, ask: Ask) -> None:
    for name, data in ODD.items():
        text = typed(ask, data)
        assert text.startswith("Sign "), name
        assert "\u202e" not in text, name
