"""A newcomer finds a model, buys it with a wallet of their own, and it is theirs: on the demo's chain and sales."""

import re

import pytest
from playwright.sync_api import Page, expect

from .browsing import overflow, shoot, violations
from .market import ETHER, MODEL, OWNED, Market, order, pay, reopen, stands, step
from .wallet import REJECTED, TestWallet

pytestmark = [pytest.mark.xdist_group("buying"), pytest.mark.long(350)]


@pytest.fixture(scope="module")
def site(market: Market) -> str:
    """The market's."""
    return market.site


def test_search_connect_buy_and_own(page: Page, wallet: TestWallet, market: Market) -> None:
    page.goto("/models?q=summary&availability=for-sale")
    page.get_by_role("link", name="short-summary").click()
    order(page)
    assert violations(page) == []
    with market.held():
        pay(page)
        stands(page, "Sent, and on its way")
        for count in range(3):
            market.mine()
            step(page, f"Confirming, {count} of 3 blocks")
        page.reload()
        step(page, "Confirming, 2 of 3 blocks")
    stands(page, "It is yours")
    assert violations(page) == []
    shoot(page, "order-final")
    page.get_by_role("link", name="Run it").click()
    page.wait_for_url(re.compile(f"{MODEL}#playground"))
    expect(page.get_by_text(OWNED)).to_be_visible()
    page.goto("/account/")
    expect(page.get_by_role("row", name=re.compile("short-summary Lasting access"))).to_be_visible()
    assert violations(page) == []
    page.set_viewport_size({"width": 360, "height": 780})
    assert overflow(page) <= 0


def test_a_no_in_the_wallet_is_no_error_and_can_be_followed_by_a_yes(page: Page, wallet: TestWallet) -> None:
    page.goto(MODEL)
    order(page)
    wallet.faults["eth_sendTransaction"] = REJECTED
    pay(page)
    stands(page, "You cancelled")
    first = page.url
    expect(page.get_by_role("alert").locator("visible=true")).to_have_count(0)
    page.get_by_role("button", name="Try again").click()
    page.wait_for_url(lambda url: url != first)  # the wallet opens by itself
    expect(page.get_by_role("heading", name=re.compile("Sent|Paid"))).to_be_visible()
    page.reload()
    stands(page, "It is yours")


def test_a_second_tab_follows_and_an_empty_wallet_is_told_before_it_opens(
    page: Page, wallet: TestWallet, market: Market
) -> None:
    page.goto(MODEL)
    order(page)
    market.call("anvil_setBalance", wallet.address, hex(10**15))
    pay(page)
    expect(page.get_by_text("Your wallet has 0.001 ETH on Anvil, and this needs")).to_be_visible()
    assert "eth_sendTransaction" not in wallet.asked
    market.call("anvil_setBalance", wallet.address, hex(ETHER))
    second = page.context.new_page()
    second.goto(page.url)
    reopen(page)
    stands(second, "It is yours")


def test_an_order_comes_to_its_end_though_every_hint_is_lost(page: Page, wallet: TestWallet) -> None:
    page.route_web_socket("**/ws/orders/**", lambda socket: None)  # it opens, and never says a word
    page.goto(MODEL)
    order(page)
    pay(page)
    stands(page, "It is yours")


def test_a_wallet_that_does_not_know_the_chain_is_offered_it(page: Page, wallet: TestWallet) -> None:
    page.goto(MODEL)
    order(page)
    wallet.chain_id, wallet.known_chains, wallet.asked = "0x1", {"0x1"}, []
    pay(page)
    stands(page, "It is yours")
    switch, add = "wallet_switchEthereumChain", "wallet_addEthereumChain"
    assert [method for method in wallet.asked if method.startswith("wallet_")] == [switch, add, switch]


def test_a_chain_that_is_declined_gets_no_payment(page: Page, wallet: TestWallet) -> None:
    page.goto(MODEL)
    order(page)
    wallet.chain_id, wallet.known_chains = "0x1", {"0x1"}
    wallet.faults["wallet_addEthereumChain"] = REJECTED
    pay(page)
    stands(page, "You cancelled")
    assert wallet.sent == []


def test_what_was_sent_while_the_server_was_away_is_told_later_and_never_sent_twice(
    page: Page, wallet: TestWallet
) -> None:
    page.goto(MODEL)
    order(page)
    page.route("**/sent", lambda route: route.abort())
    pay(page)
    expect(page.get_by_role("alert")).to_contain_text("Your wallet has sent it, but the server did not answer.")
    page.unroute("**/sent")
    page.reload()
    stands(page, "It is yours")
    assert len(wallet.sent) == 1
    assert page.evaluate("() => localStorage.getItem(location.pathname)") is None
