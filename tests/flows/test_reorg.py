"""The chain takes blocks back in mid-purchase: the open page goes back with it, and ends right."""

import pytest
from playwright.sync_api import Page, expect

from .market import MODEL, OWNED, Market, order, pay, stands, step
from .wallet import TestWallet

pytestmark = [pytest.mark.xdist_group("buying"), pytest.mark.long(350)]


@pytest.fixture(scope="module")
def site(market: Market) -> str:
    """The market's."""
    return market.site


def confirm(page: Page, market: Market, blocks: int) -> None:
    """Order and pay, and have so many blocks follow the purchase's. The page is not to be loaded again."""
    page.goto(MODEL)
    order(page)
    pay(page)
    stands(page, "Sent, and on its way")
    page.evaluate("() => (window.loadedOnce = true)")
    market.mine(1 + blocks)
    step(page, f"Confirming, {blocks} of 3 blocks")


def nothing_yet(page: Page) -> None:
    """What is not final grants nothing: neither the account nor the model's page says that it is owned."""
    other = page.context.new_page()
    other.goto("/account/")
    expect(other.get_by_role("heading", name="Your account")).to_be_visible()
    expect(other.get_by_role("heading", name="Ready to run")).to_have_count(0)
    other.goto(MODEL)
    expect(other.get_by_text(OWNED)).to_have_count(0)
    other.close()


def owned(page: Page, market: Market, wallet: TestWallet) -> None:
    """The order ends as yours, paid once, on the page that was open all the time."""
    stands(page, "It is yours")
    assert page.evaluate("() => window.loadedOnce")
    assert int(market.call("eth_getTransactionCount", wallet.address, "pending"), 16) == 1
    page.goto("/account/")
    expect(page.get_by_text("Lasting access")).to_be_visible()


def test_two_blocks_go_and_the_purchase_is_in_a_later_one(page: Page, wallet: TestWallet, market: Market) -> None:
    with market.held():
        confirm(page, market, blocks=1)
        market.call("anvil_reorg", 2, [[wallet.raw, 1]])
        step(page, "Confirming, 0 of 3 blocks")
        nothing_yet(page)
        market.mine(2)
        step(page, "Confirming, 2 of 3 blocks")
        nothing_yet(page)
    owned(page, market, wallet)


def test_two_blocks_go_that_only_followed_it(page: Page, wallet: TestWallet, market: Market) -> None:
    with market.held():
        confirm(page, market, blocks=2)
        market.call("anvil_reorg", 2, [])
        market.mine()
        owned(page, market, wallet)


def test_the_purchase_is_taken_back_waits_and_comes_again(page: Page, wallet: TestWallet, market: Market) -> None:
    with market.held():
        confirm(page, market, blocks=2)
        market.call("anvil_reorg", 3, [])
        market.call("anvil_dropAllTransactions")
        stands(page, "Sent, and on its way")
        nothing_yet(page)
        market.call("eth_sendRawTransaction", wallet.raw)
        market.mine()
        step(page, "Confirming, 0 of 3 blocks")
    owned(page, market, wallet)


def test_the_purchase_is_taken_back_for_good(page: Page, wallet: TestWallet, market: Market) -> None:
    with market.held():
        confirm(page, market, blocks=2)
        before = market.balance(wallet.address)
        market.call("anvil_reorg", 3, [])
        market.call("anvil_dropAllTransactions")
        assert market.balance(wallet.address) > before
    stands(page, "It got lost on the way")
    nothing_yet(page)
    page.get_by_role("button", name="Try again").click()  # the wallet opens by itself
    stands(page, "It is yours")
