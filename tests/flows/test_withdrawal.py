"""The seller's money reaches the seller's wallet, to the wei."""

import pytest
from eth_account import Account as Keys
from playwright.sync_api import Page, expect

from .browsing import shoot, violations
from .market import Market
from .wallet import TestWallet

pytestmark = pytest.mark.xdist_group("market")


@pytest.fixture(scope="session")
def site(market: Market) -> str:
    """The market's."""
    return market.site


@pytest.fixture
def seller(page: Page, market: Market) -> TestWallet:
    """The wallet of one of the demo's sellers, anvil's third account."""
    Keys.enable_unaudited_hdwallet_features()
    keys = Keys.from_mnemonic("test " * 11 + "junk", account_path="m/44'/60'/0'/0/2")
    return TestWallet(page, market.node, keys)


def spent_on_gas(market: Market, address: str, since: int) -> int:
    """What the transactions of an address after a block cost it, in wei."""
    spent = 0
    for number in range(since + 1, int(market.call("eth_blockNumber"), 16) + 1):
        receipts = market.call("eth_getBlockReceipts", hex(number))
        own = [each for each in receipts if each["from"] == address.lower()]
        spent += sum(int(each["gasUsed"], 16) * int(each["effectiveGasPrice"], 16) for each in own)
    return spent


def wei(page: Page, selector: str) -> int:
    """What the first amount there is, exactly."""
    return int(page.locator(f"{selector} data").first.get_attribute("value") or "")


def test_what_is_sold_is_distributed_withdrawn_and_arrives(page: Page, seller: TestWallet, market: Market) -> None:
    page.goto("/sign-in?next=/sell/")
    page.get_by_role("button", name="Test wallet").click()
    page.wait_for_url("**/sell/")
    begun, had = int(market.call("eth_blockNumber"), 16), market.balance(seller.address)
    credited, withdrawn = wei(page, "[data-available]"), wei(page, "[data-withdrawn]")
    rows = page.get_by_role("row").filter(has=page.get_by_role("button", name="Distribute"))
    waiting = rows.count()
    gross, fee = (int(each.get_attribute("value") or "") for each in rows.first.locator("data").all())
    rows.first.get_by_role("button", name="Distribute").click()
    expect(page.get_by_text("Sent. The figures follow as soon as")).to_be_visible()
    expect(rows).to_have_count(waiting - 1)
    whole = page.locator(f"[data-available] data[value='{credited + gross - fee}']")
    expect(whole).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Withdraw").click()
    expect(page.locator("[data-available] data[value='0']")).to_be_visible(timeout=20_000)
    drawn = credited + gross - fee
    assert wei(page, "[data-withdrawn]") == withdrawn + drawn
    assert market.balance(seller.address) == had + drawn - spent_on_gas(market, seller.address, begun)
    expect(page.get_by_role("button", name="Withdraw")).to_have_count(0)
    assert violations(page) == []
    shoot(page, "withdrawn")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 360, "height": 800})
    shoot(page, "withdrawn-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
