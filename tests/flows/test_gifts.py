"""On a phone: buying with one press, giving access away, one's own referral link; and a purchase by keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from eth_account import Account as Keys
from eth_account.signers.local import LocalAccount
from playwright.sync_api import Browser, Page, expect

from .browsing import opened, overflow, shoot, split_words, violations
from .market import ETHER, OWNED, Market, ready, stands
from .test_returns import PLAIN
from .wallet import TestWallet

pytestmark = [pytest.mark.xdist_group("buying"), pytest.mark.long(350)]
PHONE = 360
MOST_TABS = 25
SKIPPING = ("a.skip-link[href='#buy']", "Enter")


@pytest.fixture(scope="module")
def site(market: Market) -> str:
    """The market's."""
    return market.site


@pytest.fixture
def context_options() -> dict[str, Any]:
    """A phone's."""
    return {"width": PHONE}


@contextmanager
def somebody(browser: Browser, market: Market, keys: LocalAccount) -> Iterator[Page]:
    """Open another phone, whose wallet has an ether, and sign in."""
    with opened(browser, market.site, width=PHONE) as (page, _):
        TestWallet(page, market.node, keys)
        market.call("anvil_setBalance", keys.address, hex(ETHER))
        enter(page)
        yield page


def enter(page: Page) -> None:
    page.goto("/sign-in")
    page.get_by_role("button", name="Test wallet").click()
    page.wait_for_url(re.compile(r"^(?!.*sign-in)"))


def good(page: Page, name: str) -> None:
    """The page fits, breaks no word, and is accessible."""
    assert overflow(page) <= 0
    assert split_words(page) == []
    assert violations(page) == []
    shoot(page, name)


def test_one_press_opens_the_wallet_and_the_receipt_says_it_in_words(page: Page, wallet: TestWallet) -> None:
    enter(page)
    page.goto(PLAIN)
    page.get_by_label("I accept the licence").check()
    page.get_by_role("button", name="Buy access").locator("visible=true").first.click()
    stands(page, "It is yours")
    assert len(wallet.sent) == 1
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^You bought lasting access"))
    expect(page.get_by_text("You received a pass.")).to_be_visible()
    good(page, "receipt-phone")
    page.goto("/account/")
    good(page, "account-phone")
    rows = page.locator(".own tbody tr").evaluate_all("rows => rows.map((row) => row.getBoundingClientRect().height)")
    assert min(rows) >= 64
    page.locator(".own.orders a.name").first.click()
    stands(page, "It is yours")
    page.get_by_role("link", name="Transaction", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("You bought lasting access to short-summary")
    good(page, "transaction-phone")


def test_what_is_given_is_theirs_and_they_see_from_whom(
    page: Page, wallet: TestWallet, browser: Browser, market: Market
) -> None:
    recipient = Keys.create()
    enter(page)
    page.goto(f"{PLAIN}/gift")
    ready(page, "buy-form")
    page.get_by_label("Their address").fill(wallet.address)
    page.get_by_label("I accept the licence").check()
    page.get_by_role("button", name="Give access").click()
    expect(page.get_by_role("alert")).to_contain_text("This is your own address.")
    good(page, "gift-phone")
    page.get_by_label("Their address").fill(str(recipient.address))
    page.get_by_label("I accept the licence").check()
    page.get_by_role("button", name="Give access").click()
    stands(page, "Delivered")
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"You gave {str(recipient.address)[:6]}")
    good(page, "given-phone")
    with somebody(browser, market, recipient) as theirs:
        theirs.goto("/account/")
        expect(theirs.get_by_text(f"Gift from {wallet.address[:6]}")).to_be_visible()
        theirs.get_by_role("link", name="Run short-summary").click()
        expect(theirs.get_by_text(OWNED)).to_be_visible()


def test_a_link_of_ones_own_earns_when_somebody_buys_through_it(
    page: Page, wallet: TestWallet, browser: Browser, market: Market
) -> None:
    enter(page)
    page.goto("/account/referral")
    expect(page.get_by_text("Nothing bought through it on Anvil yet.")).to_be_visible()
    link = page.get_by_label("Your link").input_value()
    good(page, "referral-phone")
    with somebody(browser, market, Keys.create()) as other:
        other.goto(link)
        other.goto(PLAIN)
        expect(other.get_by_text(f"Sent by {wallet.address[:6]}")).to_be_visible()
        other.get_by_label("I accept the licence").check()
        other.get_by_role("button", name="Buy access").locator("visible=true").first.click()
        stands(other, "It is yours")
        expect(other.get_by_text("of which 0.00015 ETH goes to your referrer")).to_be_visible()
    page.reload()
    expect(page.locator("#earned")).to_contain_text("0.00015 ETH")


@pytest.mark.parametrize("context_options", [{"width": 1440}])
def test_a_purchase_takes_few_tabs(page: Page, wallet: TestWallet) -> None:
    enter(page)
    page.goto(PLAIN)
    ready(page, "buy-form")
    expect(page.locator("#quote")).to_contain_text("You pay")
    tabs = 0
    for wanted, key in SKIPPING, ("[name=accept]", "Space"), ("form.buy button.act", "Enter"):
        while not page.evaluate("(wanted) => document.activeElement.matches(wanted)", wanted):
            page.keyboard.press("Tab")
            tabs += 1
            assert tabs <= MOST_TABS, page.evaluate("() => document.activeElement.outerHTML")
        page.keyboard.press(key)
    stands(page, "It is yours")
    assert len(wallet.sent) == 1
