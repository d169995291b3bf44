"""Transactions in words: what they are, what they cost, why they would fail, and what nobody knows of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from contracts.chain import abi, codec
from contracts.currencies import currency_of
from contracts.names import COIN, DAY, MARKET, PASS, SPLITTER
from marketplace.buying.paying import payment_call
from marketplace.returns.actions import prepare_refund
from marketplace.wallet import requests
from marketplace.wallet.decoding import MOST_PARTS
from marketplace.wallet.money_words import FAUCET
from marketplace.wallet.words import NEVER_ASKED, SENTENCES, Caution
from tests.marketplace.shop import BUYER, OTHER, PRICE, SELLER, Shop

from .conftest import Ask, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.marketplace.wallet.demo_urls")]

STRANGER = "0x" + "ab" * 20
ZEROS: dict[str, Any] = {"string": "", "bytes": "0x", "bool": False, "address": STRANGER}


def zero(parameter: dict[str, Any]) -> Any:
    kind = parameter["type"]
    if kind.endswith("]"):
        return []
    if kind == "tuple":
        return {each["name"]: zero(each) for each in parameter["components"]}
    size = kind.removeprefix("bytes")
    return ZEROS[kind] if kind in ZEROS else f"0x{'00' * int(size)}" if size.isdigit() else 0


def most(parameter: dict[str, Any]) -> Any:
    """Return the largest value that a parameter can have, and one of each in a list."""
    kind = parameter["type"]
    if kind.endswith("]"):
        return [most({**parameter, "type": kind[: kind.rindex("[")]})]
    if kind == "tuple":
        return {each["name"]: most(each) for each in parameter["components"]}
    if kind.startswith("uint"):
        return 2 ** int(kind.removeprefix("uint")) - 1
    return "\u202eodd" if kind == "string" else zero(parameter)


def functions() -> list[tuple[str, str]]:
    """Return every function of our contracts that changes something."""
    changes = ("nonpayable", "payable")
    return [
        (contract, entry["name"])
        for contract in abi.NAMES
        for entry in abi.entries(contract, "function")
        if entry["stateMutability"] in changes
    ]


def send(shop: Shop, sender: int, contract: str, function: str, *args: Any, value: int = 0) -> dict[str, str]:
    data = codec.call_data(contract, function, args)
    to = shop.chain.deployment[contract]
    return {"from": shop.address(sender), "to": to, "data": data, "value": hex(value)}


def said(ask: Ask, transaction: dict[str, str], **options: Any) -> str:
    return text_of(ask("eth_sendTransaction", [transaction], **options))


def bought(shop: Shop) -> dict[str, str]:
    shop.rpc.call("anvil_setBalance", shop.address(BUYER), hex(10**18))
    return dict(payment_call(shop.prepare()).request())


def test_every_function_has_a_sentence_or_is_never_asked_of_a_person() -> None:
    never = {(contract, function) for contract, named in NEVER_ASKED.items() for function in named}
    assert never & set(SENTENCES) == set()
    assert never | set(SENTENCES) == set(functions())


@pytest.mark.parametrize("value", [zero, most])
def test_each_sentence_can_be_said_of_any_arguments(shop: Shop, ask: Ask, value: Callable[..., Any]) -> None:
    titles = {}
    # Where there is a faucet, nobody has LATTICE to claim.
    for contract, function in sorted(key for key in SENTENCES if key[0] in shop.chain.deployment):
        entry = next(each for each in abi.entries(contract, "function") if each["name"] == function)
        data, to = codec.data_of(entry, list(map(value, entry["inputs"]))), shop.chain.deployment[contract]
        answer = ask("eth_sendTransaction", [{"from": shop.address(SELLER), "to": to, "data": data, "value": "0x0"}])
        assert answer.status_code == HTTPStatus.OK, function
        titles[contract, function] = text_of(answer).partition(" Seller ")[0]
    assert [key for key, title in titles.items() if not title or "%(" in title or "unknown function" in title] == []


def test_a_purchase_says_what_it_buys_and_what_one_has_after_it(shop: Shop, ask: Ask) -> None:
    text = said(ask, bought(shop))
    assert text.startswith("Buy chat for 0.02 ETH Refundable until ")
    assert "You get 1 pass You pay 0.02 ETH Network fee about 0.000" in text
    assert "Balance after 0.979" in text
    assert "it succeeds," in text
    assert "Same address as in the Registry on chain" in text
    assert "purchase, 292 bytes" in text


def test_what_it_says_of_the_money_is_what_then_happens(shop: Shop, ask: Ask) -> None:
    transaction = bought(shop)
    after = text_of(ask("eth_sendTransaction", [transaction])).partition("Balance after ")[2].split()[0]
    shop.submit(transaction)
    left = shop.rpc.quantity("eth_getBalance", shop.address(BUYER), "latest")
    assert abs(left / 10**18 - float(after)) < 0.0005


def test_the_figures_of_a_purchase_add_up_as_they_are_printed(shop: Shop, ask: Ask) -> None:
    wanted = bought(shop)
    shop.rpc.call("anvil_setBalance", shop.address(BUYER), hex(9_999_973_123_456_789_012_345))
    text = said(ask, wanted)
    before, pays, fee, after = (
        Decimal(re.search(pattern, text)[1].replace(",", ""))  # type: ignore[index]  # it is there
        for pattern in (r"([\d,.]+) ETH Anvil", r"You pay ([\d.]+)", r"about ([\d.]+)", r"Balance after ([\d,.]+)")
    )
    assert before - pays - fee == after
    assert after > 9_999


def test_a_gift_names_who_gets_it(shop: Shop, ask: Ask) -> None:
    shop.rpc.call("anvil_setBalance", shop.address(BUYER), hex(10**18))
    order = {"modelId": shop.model_id, "plan": 0, "quantity": 1, "recipient": shop.address(OTHER), "token": COIN}
    more = {"maxPrice": PRICE, "deadline": 2**34, "referrer": COIN, "ref": "0x" + "01" * 32}
    text = said(ask, send(shop, BUYER, MARKET, "purchase", order | more, value=PRICE))
    assert text.startswith("Give chat to 0x15d3…6a65 for 0.02 ETH")


def test_a_refund_and_a_withdrawal_say_what_comes(shop: Shop, ask: Ask) -> None:
    order = shop.prepare()
    shop.pay(payment_call(order))
    shop.index(blocks=4)
    refund = prepare_refund(user=shop.buyer, ref=order.ref)
    text = said(ask, refund.request())
    assert text.startswith("Refund 0.02 ETH to you for chat")
    assert "You get, as credit +0.02 ETH You give back 1 pass, chat" in text
    shop.pay(refund)
    assert said(ask, send(shop, BUYER, SPLITTER, "withdraw", COIN)).startswith("Withdraw 0.02 ETH")


def test_what_would_fail_says_why_and_cannot_be_confirmed(shop: Shop, ask: Ask) -> None:
    answer = ask("eth_sendTransaction", [send(shop, BUYER, MARKET, "pauseListing", shop.model_id)])
    text = text_of(answer)
    assert "Pause the sale of chat" in text
    assert "It would fail Only the model's seller may do this" in text
    assert "Why it would fail NotSeller" in text
    assert "data-stops" in answer.content.decode()
    assert "it succeeds" not in text


def test_a_balance_that_is_too_small_is_told_in_figures(shop: Shop, ask: Ask) -> None:
    transaction = bought(shop)
    shop.rpc.call("anvil_setBalance", shop.address(BUYER), hex(PRICE - 10**15))
    answer = ask("eth_sendTransaction", [transaction])
    assert "You have 0.001" in text_of(answer)
    assert "ETH too little What is sent and the network fee come to 0.02" in text_of(answer)
    assert "data-stops" in answer.content.decode()


def test_an_unknown_contract_and_odd_bytes_are_called_unknown(shop: Shop, ask: Ask) -> None:
    for data in ("0xdeadbeef", "0xa9059cbb", "0x095ea7b3" + "00" * 31, "0x" + "ff" * 500):
        text = said(ask, {"from": shop.address(BUYER), "to": STRANGER, "data": data})
        assert "Call an unknown function of 0xabab…abab" in text
        assert "The contract is unknown" in text
        ours = {"from": shop.address(BUYER), "to": shop.chain.deployment[PASS], "data": data}
        assert "Call an unknown function of the marketplace's AccessPass" in said(ask, ours)


def test_an_unlimited_approval_of_a_stranger_is_warned_of_twice(shop: Shop, ask: Ask) -> None:
    answer = ask("eth_sendTransaction", [send(shop, BUYER, "DemoDollar", "approve", STRANGER, 2**256 - 1)])
    assert "Let 0xabab…abab take all your DEMOUSD" in text_of(answer)
    assert "Who may take it is unknown" in text_of(answer)
    assert "There is no limit" in text_of(answer)
    limited = said(ask, send(shop, BUYER, "DemoDollar", "approve", shop.chain.deployment[SPLITTER], 5 * 10**6))
    assert limited.startswith("Let the marketplace take up to 5 demo dollars")
    assert "unknown" not in limited.replace("unknown function", "")


def test_nobody_reads_a_fourth_warning() -> None:
    found = requests.most_serious([Caution("a", ""), *[Caution("b", "", serious=True)] * 3])
    assert [each.title for each in found] == ["b"] * 3


def test_an_old_request_says_how_old_and_when_it_ends(shop: Shop, ask: Ask) -> None:
    transaction = bought(shop)
    assert "minutes old" not in said(ask, transaction, age=100)
    assert "The request is 4 minutes old It ends at " in said(ask, transaction, age=250)
    other = said(ask, send(shop, SELLER, MARKET, "pauseListing", shop.model_id), age=61 * 60)
    assert "The request is 61 minutes old What it says may have changed." in other


def test_coin_that_is_sent_and_a_contract_that_is_made_have_words_too(shop: Shop, ask: Ask) -> None:
    text = said(ask, {"from": shop.address(BUYER), "to": STRANGER, "value": hex(5 * 10**17)})
    assert text.startswith("Send 0.5 ETH to 0xabab…abab")
    assert "The contract is unknown" not in text
    assert "Create a contract" in said(ask, {"from": shop.address(BUYER), "data": "0x6001"})


def test_several_calls_in_one_are_read_one_by_one(shop: Shop, ask: Ask) -> None:
    pause, resume = (codec.call_data(MARKET, name, [shop.model_id]) for name in ("pauseListing", "resumeListing"))
    text = said(ask, send(shop, SELLER, MARKET, "multicall", [pause, resume]))
    assert text.startswith("Make 2 calls at once Pause the sale of chat · Sell chat again")
    odd = said(ask, send(shop, SELLER, MARKET, "multicall", [pause, "0xdeadbeef"]))
    assert "The wallet does not know all of them." in odd


def test_what_matters_of_one_call_is_said_of_several_as_well(shop: Shop, ask: Ask) -> None:
    retire = codec.call_data(MARKET, "retireListing", [shop.model_id])
    pause = codec.call_data(MARKET, "pauseListing", [shop.model_id])
    assert "This cannot be undone" in said(ask, send(shop, SELLER, MARKET, "multicall", [pause, retire]))
    hidden = said(ask, send(shop, SELLER, MARKET, "multicall", [pause] * MOST_PARTS + [retire]))
    assert "The wallet does not know all of them." in hidden
    assert "Not every call in it was read" in hidden


def test_bytes_under_another_name_are_read_and_two_that_differ_are_refused(shop: Shop, ask: Ask) -> None:
    pause = send(shop, SELLER, MARKET, "pauseListing", shop.model_id)
    named = {**{key: value for key, value in pause.items() if key != "data"}, "input": pause["data"]}
    assert said(ask, named).startswith("Pause the sale of chat")
    assert said(ask, {**pause, "input": pause["data"]}).startswith("Pause the sale of chat")
    assert refused(ask("eth_sendTransaction", [{**pause, "data": "0x", "input": pause["data"]}]))


def test_only_the_demo_dollar_gives_demo_dollars(shop: Shop, ask: Ask) -> None:
    data = codec.call_data("DemoDollar", "faucet", [])
    text = said(ask, {"from": shop.address(BUYER), "to": STRANGER, "data": data})
    assert text.startswith("Call faucet of 0xabab…abab")
    assert "demo dollars" not in text


def test_what_a_contract_says_of_itself_cannot_turn_the_window_around(shop: Shop, ask: Ask) -> None:
    text = said(ask, send(shop, SELLER, MARKET, "rateModel", shop.model_id, 5, "<b>\u202egpj.exe"))
    assert "<b>[U+202E]gpj.exe" in text


ODD: dict[str, dict[str, Any]] = {
    "a value that is none": {"to": STRANGER, "value": "1e18"},
    "an address that is none": {"to": "0x12"},
    "bytes that are none": {"to": STRANGER, "data": "0x123"},
    "a price of gas that nobody would see": {"to": STRANGER, "maxPriorityFeePerGas": "0xffffffffffff"},
    "the same as a legacy price": {"to": STRANGER, "gasPrice": "0xffffffffffff"},
    "an account's code (EIP-7702)": {"to": STRANGER, "authorizationList": [{}]},
    "another chain": {"to": STRANGER, "chainId": "0x1"},
}


def test_what_is_no_transaction_is_refused(shop: Shop, ask: Ask) -> None:
    for name, wanted in ODD.items():
        assert refused(ask("eth_sendTransaction", [{**wanted, "from": shop.address(BUYER)}])), name


def refused(answer: HttpResponse) -> bool:
    return answer.status_code == HTTPStatus.FORBIDDEN


def test_the_window_is_read_for_this_site_and_what_acts_alone(shop: Shop, ask: Ask) -> None:
    transaction = bought(shop)
    assert refused(ask("eth_sendTransaction", [transaction], origin="http://evil.example"))
    assert refused(ask("eth_call", [transaction]))
    assert refused(ask("eth_sendTransaction", [{**transaction, "from": STRANGER}]))


def test_demo_dollars_are_given_once_in_a_day(shop: Shop, ask: Ask, client: Client) -> None:
    user = User.objects.get_or_create(address=shop.address(BUYER))[0]
    client.force_login(user)
    got = client.post("/demo/dollars", headers={"accept": "application/json"}).json()
    transaction = {"from": shop.address(BUYER), "to": got["to"], "data": got["data"]}
    text = said(ask, transaction)
    assert text.startswith("Get 1,000 demo dollars")
    assert "You get +1,000 DEMOUSD" in text
    shop.submit(transaction)
    balance = codec.call_data("DemoDollar", "balanceOf", [shop.address(BUYER)])
    assert int(shop.rpc.eth_call(got["to"], balance), 16) == FAUCET
    again = client.post("/demo/dollars", headers={"accept": "application/json"})
    assert "The faucet can be used again from" in again.json()["detail"]
    shop.rpc.call("evm_increaseTime", DAY)
    shop.rpc.call("evm_mine")
    assert client.post("/demo/dollars", headers={"accept": "application/json"}).status_code == HTTPStatus.OK


@pytest.mark.parametrize(
    ("left", "held", "said"),
    [
        (9_370, 1_993_753, "0.009370"),
        (2_000_000, 1_993_753, "2.000000"),
        (25, 1_000_000, "0.000025"),
        (3, 0, "0.000003"),
    ],
)
def test_a_balance_has_as_many_decimals_after_as_before(shop: Shop, left: int, held: int, said: str) -> None:
    unit = 10**12
    shown = requests._as_long(currency_of(shop.chain, COIN), left * unit, held * unit)
    assert shown == f"{said}\N{NO-BREAK SPACE}ETH"
