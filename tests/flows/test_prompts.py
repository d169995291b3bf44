"""An order whose wallet is asked from two tabs: it is paid once, and where a wallet pays twice, the pages say so."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.waiting import until

from .browsing import overflow, shoot, violations
from .market import MODEL, Market, order, pay, stands
from .wallet import TestWallet

pytestmark = [pytest.mark.xdist_group("buying"), pytest.mark.long(350)]
SEND = "eth_sendTransaction"


@pytest.fixture(scope="module")
def site(market: Market) -> str:
    """The market's."""
    return market.site


def take_over(page: Page, market: Market, wallet: TestWallet) -> tuple[Page, TestWallet]:
    """Ask the wallet a second time, from another tab, while its window in the first is still open."""
    second = page.context.new_page()
    other = TestWallet(second, market.node, wallet.keys)
    other.keeps_nonces = wallet.keeps_nonces
    second.goto(page.url)
    expect(second.get_by_text("It was asked in another tab")).to_be_visible()
    assert violations(second) == []
    shoot(second, "order-elsewhere")
    other.hold(SEND)
    second.get_by_role("button", name="Ask from here instead").click()
    expect(second.get_by_role("button", name="Open the wallet again")).to_be_disabled()
    return second, other


def test_one_tab_asks_the_wallet_and_another_takes_over_on_purpose(
    page: Page, wallet: TestWallet, market: Market
) -> None:
    page.goto(MODEL)
    order(page)
    wallet.hold(SEND)  # the wallet's window stays open until somebody answers it
    page.get_by_role("button", name="Buy access").dblclick()
    expect(page.get_by_role("button", name="Open the wallet again")).to_be_disabled()
    expect(page.get_by_text("Answer it there. If its window is gone")).to_be_visible()

    second, other = take_over(page, market, wallet)
    expect(page.get_by_text("It was asked in another tab")).to_be_visible()
    expect(page.get_by_role("button", name="Ask from here instead")).to_be_disabled()

    wallet.release(SEND)  # both windows of the wallet are confirmed
    other.release(SEND)
    stands(second, "It is yours")
    assert (wallet.asked.count(SEND), other.asked.count(SEND)) == (1, 1)
    assert int(market.call("eth_getTransactionCount", wallet.address, "latest"), 16) == 1
    expect(second.get_by_text("Paid more than once")).to_have_count(0)


def has_both(page: Page) -> bool:
    """Whether the account has the passes of both payments."""
    page.goto("/account/")
    return page.get_by_role("row", name=re.compile("short-summary Lasting access, 2 passes")).is_visible()


def test_what_a_wallet_pays_twice_all_the_same_is_told(page: Page, wallet: TestWallet, market: Market) -> None:
    wallet.keeps_nonces = False
    page.goto(MODEL)
    order(page)
    wallet.hold(SEND)
    pay(page)
    expect(page.get_by_role("button", name="Open the wallet again")).to_be_disabled()
    _, other = take_over(page, market, wallet)
    wallet.release(SEND)
    other.release(SEND)
    expect(page.get_by_text("That bought 2 passes in all.")).to_be_visible()
    stands(page, "It is yours")
    assert violations(page) == []
    shoot(page, "order-paid-twice")
    page.set_viewport_size({"width": 360, "height": 780})
    assert overflow(page) <= 0
    sums = page.locator("table.ledger td.num").evaluate_all(
        "cells => cells.map(cell => cell.getBoundingClientRect().x)"
    )
    assert len(set(sums)) == 1, "The total does not stand below what it adds up."
    until(lambda: has_both(page), page.content)  # the second may be final some blocks after the first
    expect(page.get_by_text("paid 2 times")).to_be_visible()
    assert overflow(page) <= 0
