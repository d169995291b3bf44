"""Another account is selected in the wallet in mid-purchase: it pays nothing, and the order waits for its own."""

import pytest
from eth_account import Account as Keys
from playwright.sync_api import Page, expect

from tests.waiting import until

from .browsing import Guard, shoot, violations
from .market import ETHER, MODEL, Market, order, pay, reopen, stands
from .wallet import REJECTED, TestWallet

pytestmark = [pytest.mark.xdist_group("buying"), pytest.mark.long(350)]
SEND = "eth_sendTransaction"


@pytest.fixture(scope="module")
def site(market: Market) -> str:
    """The market's."""
    return market.site


@pytest.fixture(autouse=True)
def _refused(guard: Guard) -> None:
    """The order's socket may look once more when its session has just ended, and is refused."""
    guard.expected = ("Unexpected response code: 4",)


def is_asking(page: Page, wallet: TestWallet) -> None:
    """Wait until the page says that the wallet asks, and the wallet does: the page is told first."""
    stands(page, "Your wallet is asking you")
    until(lambda: wallet.is_asked(SEND), "the wallet was not asked")


def sign_in_again(page: Page) -> None:
    """The session has ended, and the sign-in page knows the way back."""
    expect(page.get_by_role("heading", name="Sign in with your wallet")).to_be_visible()
    page.get_by_role("button", name="Test wallet").click()


def payments(market: Market, address: str) -> int:
    """How many transactions an address has sent, with those that wait."""
    return int(market.call("eth_getTransactionCount", address, "pending"), 16)


def unpaid(page: Page, wallet: TestWallet, market: Market) -> str:
    """Order from a wallet that is empty just then; return the order's address."""
    order(page)
    market.call("anvil_setBalance", wallet.address, "0x0")
    pay(page)
    expect(page.get_by_role("alert")).to_contain_text("and this needs")
    market.call("anvil_setBalance", wallet.address, hex(ETHER))
    return page.url


def test_before_the_wallet_opens(page: Page, wallet: TestWallet, market: Market) -> None:
    page.goto(MODEL)
    where, first = unpaid(page, wallet, market), wallet.keys
    wallet.select(Keys.create())
    expect(page.locator("#toasts")).to_contain_text("another account selected")
    sign_in_again(page)
    expect(page.get_by_text("This wallet has no such order. If you ordered with another account")).to_be_visible()
    assert violations(page) == []
    shoot(page, "order-of-another")
    wallet.select(first)
    sign_in_again(page)
    page.wait_for_url(where)
    reopen(page)
    stands(page, "It is yours")
    assert [sent["from"] for sent in wallet.sent] == [first.address]


def test_an_account_that_was_changed_without_a_word_pays_nothing(
    page: Page, wallet: TestWallet, market: Market
) -> None:
    page.goto(MODEL)
    unpaid(page, wallet, market)
    wallet.keys = Keys.create()
    reopen(page)
    expect(page.get_by_role("alert")).to_contain_text("another account selected than the one you are signed in with")
    assert wallet.sent == []


def test_what_the_wallet_is_asking_is_answered_for_its_own_account(
    page: Page, wallet: TestWallet, market: Market
) -> None:
    page.goto(MODEL)
    order(page)
    first = wallet.keys
    wallet.hold(SEND)
    pay(page)
    is_asking(page, wallet)
    where = page.url
    with market.held():
        wallet.select(Keys.create())
        expect(page.get_by_role("alert")).to_contain_text("What it still asks you is for the account that ordered")
        shoot(page, "order-other-account")
        assert violations(page) == []
        wallet.release(SEND)
        expect(page.get_by_role("heading", name="Sign in with your wallet")).to_be_visible()
        wallet.select(first)
        sign_in_again(page)
        page.wait_for_url(where)
        stands(page, "Sent, and on its way")
    stands(page, "It is yours")
    assert (payments(market, first.address), len(wallet.sent)) == (1, 1)


def test_back_again_before_the_answer_nothing_has_changed(page: Page, wallet: TestWallet) -> None:
    page.goto(MODEL)
    order(page)
    first = wallet.keys
    wallet.hold(SEND)
    pay(page)
    is_asking(page, wallet)
    wallet.select(Keys.create())
    expect(page.get_by_role("alert")).to_contain_text("for the account that ordered")
    wallet.select(first)
    wallet.release(SEND)
    stands(page, "It is yours")
    expect(page.get_by_role("alert").locator("visible=true")).to_have_count(0)


def test_a_no_in_the_meantime_is_noted_before_the_session_ends(page: Page, wallet: TestWallet) -> None:
    page.goto(MODEL)
    order(page)
    first = wallet.keys
    wallet.hold(SEND)
    pay(page)
    is_asking(page, wallet)
    wallet.faults[SEND] = REJECTED
    wallet.select(Keys.create())
    expect(page.get_by_role("alert")).to_contain_text("for the account that ordered")
    wallet.release(SEND)
    expect(page.get_by_role("heading", name="Sign in with your wallet")).to_be_visible()
    wallet.select(first)
    sign_in_again(page)
    stands(page, "You cancelled")


def test_after_it_was_sent_the_order_goes_on_without_its_page(page: Page, wallet: TestWallet, market: Market) -> None:
    page.goto(MODEL)
    order(page)
    first = wallet.keys
    with market.held():
        pay(page)
        stands(page, "Sent, and on its way")
        where = page.url
        wallet.select(Keys.create())
        sign_in_again(page)
        expect(page.get_by_text("This wallet has no such order")).to_be_visible()
    page.goto("/account/")
    expect(page.get_by_text("What you buy appears here, ready to run a few seconds after you pay.")).to_be_visible()
    wallet.select(first)
    sign_in_again(page)
    page.wait_for_url("**/account/")
    page.goto(where)
    stands(page, "It is yours")
