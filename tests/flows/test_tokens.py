"""What is paid in tokens: one price that follows the choice, and a token that wants an old allowance taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from contracts.chain import codec
from marketplace.demo.history import model_id
from tests import anvil

from .market import Market, pay, stands
from .test_returns import PLAIN, SHOP, SHOPFRONT, begin, call
from .wallet import TestWallet

pytestmark = pytest.mark.xdist_group("market")
CODE = (Path(__file__).parent.parent / "marketplace" / "OddToken.hex").read_text().strip()


@pytest.fixture(scope="session")
def site(market: Market) -> str:
    """The market's."""
    return market.site


def test_the_headline_follows_the_plan_that_is_chosen(page: Page, wallet: TestWallet) -> None:
    begin(page, PLAIN)
    headline = page.locator("#headline")
    expect(headline).to_contain_text("0.03 ETH")
    page.get_by_text("By the month").click()
    expect(headline).to_contain_text("0.005 ETH")
    expect(headline).to_contain_text("for 30 days")
    expect(page.get_by_role("heading", name="0.005 ETH for 30 days")).to_be_visible()
    page.get_by_text("Lasting pass").click()
    expect(headline).to_contain_text("lasting access")


def test_an_allowance_that_is_left_is_taken_back_before_the_price_is_allowed(
    page: Page, wallet: TestWallet, market: Market
) -> None:
    admin, *_ = accounts = market.call("eth_accounts")
    data = f"0x{CODE}{b'USDX'.ljust(32, bytes(1)).hex()}{6:064x}"
    sent = market.call("eth_sendTransaction", {"from": admin, "data": data, "gas": hex(3_000_000)})
    token = anvil.receipt(market.node, sent)["contractAddress"]
    seller = accounts[SHOPFRONT]
    terms = {"plan": 0, "token": token, "price": 2_500_000, "period": 0}
    given = codec.call_data("DemoDollar", "transfer", [wallet.address.lower(), 10**9])
    market.call("eth_sendTransaction", {"from": admin, "to": token, "data": given})
    call(market, admin, "ProtocolParameters", "setToken", [token, True, 10**18])
    call(market, seller, "ModelMarketplace", "setPlan", [model_id(seller, "subject-lines"), terms])
    begin(page, SHOP)
    expect(page.locator("#headline")).to_contain_text("2.5 USDX")
    left = codec.call_data("DemoDollar", "approve", [market.address("RevenueSplitter"), 1])
    wallet._eth_sendTransaction({"from": wallet.address, "to": token, "data": left})
    market.mine()
    page.get_by_label("I accept the licence").check()
    page.get_by_role("button", name="Buy access").click()
    stands(page, "Confirm it in your wallet")
    pay(page)
    expect(page.get_by_text("Your wallet asks three times")).to_be_visible()
    stands(page, "It is yours")
    assert wallet.asked.count("eth_sendTransaction") == 3
