"""Pages of money follow what happened elsewhere: in the wallet, in another tab, before Back, and while one writes."""

import re

import pytest
from playwright.sync_api import Page, expect

from .browsing import Guard, shoot, violations
from .market import MODEL, OWNED, Market, order, pay, ready, stands
from .wallet import REJECTED, TestWallet

pytestmark = [pytest.mark.xdist_group("owning"), pytest.mark.long(350)]
SEND = "eth_sendTransaction"
WRAPPED = {"code": -32603, "message": "Internal JSON-RPC error.", "data": {"originalError": {"code": 4001}}}
REVERTED = {**WRAPPED, "data": {"code": 3, "message": "execution reverted: closed"}}
# What Chromium says when it shows a page that it has kept; the driver cannot follow it there.
STALE = [
    "() => dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))",
    "() => dispatchEvent(new Event('online'))",
]


@pytest.fixture(scope="module")
def site(market: Market) -> str:
    """The market's."""
    return market.site


def bought(page: Page) -> str:
    """Buy a lasting pass; return the order's address."""
    page.goto(MODEL)
    order(page)
    pay(page)
    stands(page, "It is yours")
    return page.url


def back_to_the_model(page: Page) -> None:
    page.go_back()
    page.wait_for_url(f"**{MODEL}")
    expect(page.get_by_text(OWNED)).to_be_visible()
    expect(page.get_by_role("button", name="Buy access")).to_have_count(0)


def test_back_after_a_purchase_offers_it_no_more(page: Page, wallet: TestWallet) -> None:
    bought(page)
    back_to_the_model(page)


@pytest.mark.parametrize("stale", STALE, ids=["kept by the browser", "network back"])
def test_a_page_that_may_be_stale_is_asked_anew(page: Page, wallet: TestWallet, stale: str) -> None:
    page.goto(MODEL)
    page.get_by_role("link", name="Connect a wallet to buy").click()
    page.get_by_role("button", name="Test wallet").click()
    expect(page.get_by_role("button", name="Buy access")).to_be_visible()
    page.get_by_label("I accept the licence").check()
    second = page.context.new_page()
    other = TestWallet(second, wallet.node, wallet.keys)
    second.goto(MODEL)
    second.get_by_label("I accept the licence").check()
    other.hold(SEND)
    pay(second)
    stands(second, "Your wallet is asking you")
    page.evaluate(stale)
    expect(page.get_by_text("You have an order of this model that is still open (in your wallet).")).to_be_visible()
    expect(page.get_by_label("I accept the licence")).to_be_checked()
    assert violations(page) == []
    shoot(page, "open-order-on-model")
    other.release(SEND)
    stands(second, "It is yours")
    page.evaluate(stale)
    expect(page.get_by_text(OWNED)).to_be_visible()


def test_try_again_opens_the_wallet_once(page: Page, wallet: TestWallet) -> None:
    page.goto(MODEL)
    order(page)
    wallet.faults[SEND] = REJECTED
    pay(page)
    stands(page, "You cancelled")
    first = page.url
    wallet.faults[SEND] = REJECTED
    page.get_by_role("button", name="Try again").click()
    page.wait_for_url(lambda url: url not in (first, f"{first}#wallet"))
    stands(page, "You cancelled")
    assert wallet.asked.count(SEND) == 2
    page.reload()
    stands(page, "You cancelled")
    assert wallet.asked.count(SEND) == 2
    page.get_by_role("button", name="Try again").click()
    stands(page, "It is yours")
    assert wallet.asked.count(SEND) == 3


def test_who_declines_is_understood_however_the_wallet_wraps_it(page: Page, wallet: TestWallet) -> None:
    page.goto(MODEL)
    order(page)
    wallet.faults[SEND] = WRAPPED
    pay(page)
    stands(page, "You cancelled")
    expect(page.get_by_role("alert").locator("visible=true")).to_have_count(0)


def test_why_a_contract_refuses_is_told_in_its_words(page: Page, wallet: TestWallet) -> None:
    page.goto(MODEL)
    order(page)
    wallet.faults[SEND] = REVERTED
    pay(page)
    alert = page.get_by_role("alert").locator("visible=true")
    expect(alert).to_contain_text("The contract refuses this transaction: closed")


def test_a_page_that_the_server_does_not_answer_says_since_when_and_follows_by_itself(
    page: Page, wallet: TestWallet, guard: Guard
) -> None:
    guard.expected = ("htmx:error", "ERR_FAILED")
    address = bought(page)
    ready(page, "order-flow")
    expect(page.get_by_text("Look again")).to_have_count(0)
    page.route(address, lambda route: route.abort())
    page.evaluate(STALE[1])
    expect(page.locator(".toast")).to_have_text(re.compile(r"Not up to date since \d\d:\d\d, trying again\."))
    assert violations(page) == []
    shoot(page, "order-stale")
    page.unroute(address)
    expect(page.locator(".toast")).to_have_count(0)


def test_a_refund_elsewhere_is_followed_while_a_dispute_is_written(page: Page, wallet: TestWallet) -> None:
    address = bought(page)
    ready(page, "order-flow")
    page.get_by_text("Open a dispute instead").click()
    page.get_by_label("What is wrong").fill("It answers in another language.")
    second = page.context.new_page()
    TestWallet(second, wallet.node, wallet.keys)
    second.goto(address)
    ready(second, "order-flow")
    second.get_by_text("Get a refund").click()
    second.get_by_role("button", name="Refund this purchase").click()
    stands(second, "Refunded")
    stands(page, "Refunded")
    expect(page.get_by_label("Your draft was not sent")).to_have_value("It answers in another language.")
    assert violations(page) == []
    shoot(page, "dispute-unsent")


def test_what_was_sent_is_said_until_the_figures_have_it(page: Page, wallet: TestWallet, market: Market) -> None:
    address = bought(page)
    ready(page, "order-flow")
    page.get_by_text("Get a refund").click()
    page.get_by_role("button", name="Refund this purchase").click()
    stands(page, "Refunded")
    page.get_by_role("link", name=re.compile("^Withdraw")).click()
    ready(page, "seller-desk")
    with market.held():
        page.get_by_role("button", name="Withdraw").click()
        expect(page.get_by_text("Sent. This page updates")).to_be_visible()
        market.mine()
    expect(page.get_by_text("Sent. This page updates")).to_be_hidden()
    expect(page.get_by_role("button", name="Withdraw")).to_have_count(0)
    page.goto(address)
    stands(page, "Refunded")
    expect(page.get_by_role("link", name=re.compile("^Withdraw"))).to_have_count(0)
