"""The seller's money reaches the seller's wallet, and that of all who share it, to the wei."""

import pytest
from eth_account import Account as Keys
from eth_account.signers.local import LocalAccount
from playwright.sync_api import Browser, Page, expect

from marketplace.demo.history import model_id

from .browsing import opened, shoot, split_words, violations
from .market import SHARED_PRICE, SHARERS, SHARES, Market, ready
from .wallet import TestWallet

pytestmark = [pytest.mark.xdist_group("owning"), pytest.mark.long(350)]


@pytest.fixture(scope="module")
def site(market: Market) -> str:
    """The market's."""
    return market.site


@pytest.fixture
def seller(page: Page, market: Market) -> TestWallet:
    """The wallet of one of the demo's sellers, anvil's third account."""
    return TestWallet(page, market.node, account(2))


def account(number: int) -> LocalAccount:
    """One of anvil's accounts."""
    Keys.enable_unaudited_hdwallet_features()
    keys: LocalAccount = Keys.from_mnemonic("test " * 11 + "junk", account_path=f"m/44'/60'/0'/0/{number}")
    return keys


def sign_in(page: Page) -> None:
    """Open the page of one's sales as its wallet's account."""
    page.goto("/sign-in?next=/sell/")
    page.get_by_role("button", name="Test wallet").click()
    page.wait_for_url("**/sell/")
    ready(page, "seller-desk")


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
    sign_in(page)
    begun, had = int(market.call("eth_blockNumber"), 16), market.balance(seller.address)
    credited, withdrawn = wei(page, "[data-available]"), wei(page, "[data-withdrawn]")
    assert wei(page, "[data-net]") == wei(page, "[data-net-again]")
    page.get_by_role("link", name="days of sales").click()
    ready(page, "seller-desk")
    rows = page.get_by_role("row").filter(has=page.get_by_role("button", name="Distribute"))
    waiting = rows.count()
    gross, fee = (int(each.get_attribute("value") or "") for each in rows.first.locator("data").all())
    sent = page.get_by_text("Sent. This page updates")
    with market.held():
        rows.first.get_by_role("button", name="Distribute").click()
        expect(sent).to_be_visible()
        market.mine()
    expect(sent).to_be_hidden()
    expect(rows).to_have_count(waiting - 1)
    page.get_by_role("link", name="Your sales").click()
    ready(page, "seller-desk")
    whole = page.locator(f"[data-available] data[value='{credited + gross - fee}']")
    expect(whole).to_be_visible()
    page.get_by_role("button", name="Withdraw").click()
    expect(page.locator("[data-available] data[value='0']")).to_be_visible()
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
    assert split_words(page) == []


def test_a_split_of_three_is_distributed_by_one_and_withdrawn_by_all(
    page: Page, browser: Browser, site: str, market: Market
) -> None:
    left = SHARED_PRICE - SHARED_PRICE * 250 // 10_000
    parts = [left * bps // 10_000 for bps in SHARES[1:]]
    parts.insert(0, left - sum(parts))
    wallet = TestWallet(page, market.node, account(SHARERS[0]))
    sign_in(page)
    page.goto("/sell/payouts/")
    ready(page, "seller-desk")
    bucket = page.locator("form", has=page.locator(f"[value='{model_id(wallet.address, 'shared')}']"))
    shoot(page, "split-matured")
    bucket.get_by_role("button", name="Distribute").click()
    expect(bucket).to_have_count(0)
    page.goto("/sell/")
    ready(page, "seller-desk")
    withdraw(page, market, wallet, parts[0])
    for number, part in zip(SHARERS[1:], parts[1:], strict=True):
        with opened(browser, site) as (own, _):
            wallet = TestWallet(own, market.node, account(number))
            sign_in(own)
            withdraw(own, market, wallet, part)


def withdraw(page: Page, market: Market, wallet: TestWallet, part: int) -> None:
    """Withdraw all that the page offers, which has to be this, and see it arrive."""
    expect(page.locator(f"[data-available] data[value='{part}']")).to_be_visible()
    begun, had = int(market.call("eth_blockNumber"), 16), market.balance(wallet.address)
    page.get_by_role("button", name="Withdraw").click()
    expect(page.locator("[data-available] data[value='0']")).to_be_visible()
    assert wei(page, "[data-withdrawn]") == part
    assert market.balance(wallet.address) == had + part - spent_on_gas(market, wallet.address, begun)
    assert violations(page) == []
    shoot(page, f"split-withdrawn-{part}")
