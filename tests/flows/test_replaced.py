"""The wallet replaces what it has sent, or it gets lost on the way: the open page tells it without a reload."""

import re

import pytest
from playwright.sync_api import Page, expect

from .browsing import shoot, violations
from .market import ETHER, MODEL, Market, order, pay, stands, step
from .wallet import TestWallet

pytestmark = [pytest.mark.xdist_group("buying"), pytest.mark.long(350)]


@pytest.fixture(scope="module")
def site(market: Market) -> str:
    """The market's."""
    return market.site


def send(page: Page) -> None:
    """Order and pay; no block has it yet. The page is not to be loaded again from here on."""
    page.goto(MODEL)
    order(page)
    pay(page)
    stands(page, "Sent, and on its way")
    page.evaluate("() => (window.loadedOnce = true)")


def test_a_speed_up_is_the_same_order(page: Page, wallet: TestWallet, market: Market) -> None:
    with market.held():
        send(page)
        faster = wallet.speed_up()
        market.mine()
        step(page, "Confirming, 0 of 3 blocks")
        expect(page.locator(f"code[title='{faster}']")).to_be_visible()
        market.mine(3)
        stands(page, "It is yours")
    assert page.evaluate("() => window.loadedOnce")


def test_a_cancellation_ends_the_order(page: Page, wallet: TestWallet, market: Market) -> None:
    with market.held():
        send(page)
        cancelled = wallet.cancel()
        market.mine()
        stands(page, "Another transaction took its place")
    expect(page.locator("#order [role=status]").first).to_contain_text("so this purchase did not happen")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    assert page.evaluate("() => window.loadedOnce")
    assert violations(page) == []
    shoot(page, "order-replaced")
    receipt = market.call("eth_getTransactionReceipt", cancelled)
    gas = int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
    assert market.balance(wallet.address) == ETHER - gas
    page.get_by_role("button", name="Try again").click()  # the wallet opens by itself
    stands(page, "It is yours")


def test_what_got_lost_is_told_and_may_still_come(page: Page, wallet: TestWallet, market: Market) -> None:
    with market.held():
        send(page)
        market.call("anvil_dropAllTransactions")
    stands(page, "It got lost on the way")
    expect(page.locator("#order [role=status]").first).to_have_text(
        re.compile("wait: it may come until .* UTC, and not after")
    )
    assert violations(page) == []
    wallet.speed_up()
    stands(page, "It is yours")
    assert page.evaluate("() => window.loadedOnce")
