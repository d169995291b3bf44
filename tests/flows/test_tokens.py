"""What is paid in tokens: one price that follows the choice, and a token that wants an old allowance taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from contracts.chain import codec
from marketplace.demo.history import model_id
from tests import anvil
from tests.deploying import decide
from tests.waiting import until

from .browsing import Guard, overflow, shoot, violations
from .market import Market, pay, ready, stands
from .test_returns import PLAIN, SHOP, SHOPFRONT, begin, call
from .wallet import REJECTED, TestWallet

pytestmark = [pytest.mark.xdist_group("buying"), pytest.mark.long(350)]
NOT_AS_ONE = {"code": 5760, "message": "Atomicity not supported."}
CODE = (Path(__file__).parent.parent / "marketplace" / "OddToken.hex").read_text().strip()


@pytest.fixture(scope="module")
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
    page.get_by_role("radio", name="Lasting access").check()
    expect(headline).to_contain_text("lasting access")


@pytest.fixture
def dollars(page: Page, wallet: TestWallet, market: Market) -> None:
    """What a shop sells for demo dollars, of which the wallet has some, chosen on its page."""
    seller, token = market.call("eth_accounts")[SHOPFRONT], market.address("DemoDollar")
    terms = {"plan": 0, "token": token, "price": 25 * 10**6, "period": 0}
    call(market, seller, "ModelMarketplace", "setPlan", [model_id(seller, "subject-lines"), terms])
    faucet = codec.call_data("DemoDollar", "faucet")
    wallet._eth_sendTransaction({"from": wallet.address, "to": token, "data": faucet})
    market.mine()
    wallet.sent.clear()
    begin(page, SHOP)
    expect(page.locator("#headline")).to_contain_text("25 DEMOUSD")
    page.get_by_label("I accept the licence").check()


@pytest.mark.usefixtures("dollars")
def test_a_wallet_that_sends_calls_as_one_asks_once(page: Page, wallet: TestWallet) -> None:
    wallet.batches = "ready"
    wallet.hold("wallet_sendCalls")
    pay(page)
    expect(page.get_by_text("Your wallet asks once, for both")).to_be_visible()
    wallet.release("wallet_sendCalls")
    stands(page, "It is yours")
    assert wallet.asked.count("wallet_sendCalls") == len(wallet.sent) == 1
    assert "eth_signTypedData_v4" not in wallet.asked


@pytest.mark.usefixtures("dollars")
def test_a_page_that_was_closed_meanwhile_follows_what_its_wallet_sends_as_one(page: Page, wallet: TestWallet) -> None:
    wallet.batches = "supported"
    wallet.hold("wallet_getCallsStatus")
    pay(page)
    expect(page.get_by_text("Sent. This page updates")).to_be_visible()
    page.reload()
    wallet.release("wallet_getCallsStatus")
    stands(page, "It is yours")
    assert wallet.asked.count("wallet_sendCalls") == len(wallet.sent) == 1


@pytest.mark.parametrize("fault", [NOT_AS_ONE, None], ids=["says no", "fails"])
@pytest.mark.usefixtures("dollars")
def test_a_wallet_that_says_it_can_and_fails_is_asked_in_the_other_way(
    page: Page, wallet: TestWallet, fault: dict[str, object] | None
) -> None:
    wallet.batches = "supported"
    if fault:
        wallet.faults["wallet_sendCalls"] = fault
    else:
        wallet.batch_status = 400
    pay(page)
    stands(page, "It is yours")
    assert (wallet.asked.count("eth_signTypedData_v4"), len(wallet.sent)) == (1, 1)


@pytest.mark.usefixtures("dollars")
def test_a_page_that_lags_behind_its_order_pays_in_the_other_way(page: Page, wallet: TestWallet, guard: Guard) -> None:
    guard.expected = ("htmx:error", "ERR_FAILED")
    wallet.batches = "supported"
    wallet.faults["wallet_sendCalls"] = NOT_AS_ONE
    wallet.hold("eth_sendTransaction")
    # The page does not learn of its own first prompt before the second one is asked for.
    page.route("**/orders/**", unless_it_looks)
    pay(page)
    until(lambda: wallet.is_asked("eth_sendTransaction"), "the wallet was not asked")
    page.unroute("**/orders/**")
    wallet.release("eth_sendTransaction")
    stands(page, "It is yours")


def unless_it_looks(route: Route) -> None:
    """Let everything pass but the looks of a page that is open."""
    if route.request.method == "GET" and not route.request.is_navigation_request():
        route.abort()
    else:
        route.fallback()


@pytest.mark.usefixtures("dollars")
def test_a_no_to_both_is_a_no(page: Page, wallet: TestWallet) -> None:
    wallet.batches = "supported"
    wallet.faults["wallet_sendCalls"] = REJECTED
    pay(page)
    stands(page, "You cancelled")
    assert wallet.sent == []


def test_an_allowance_that_is_left_is_taken_back_before_the_price_is_allowed(
    page: Page, wallet: TestWallet, market: Market
) -> None:
    maker, *_ = accounts = market.call("eth_accounts")
    data = f"0x{CODE}{b'USDX'.ljust(32, bytes(1)).hex()}{6:064x}"
    sent = market.call("eth_sendTransaction", {"from": maker, "data": data, "gas": hex(3_000_000)})
    token = anvil.receipt(market.node, sent)["contractAddress"]
    seller = accounts[SHOPFRONT]
    terms = {"plan": 0, "token": token, "price": 2_500_000, "period": 0}
    given = codec.call_data("DemoDollar", "transfer", [wallet.address.lower(), 10**9])
    market.call("eth_sendTransaction", {"from": maker, "to": token, "data": given})
    decide(market.node, market.contracts, "ProtocolParameters", "setToken", [token, True, 10**18])
    call(market, seller, "ModelMarketplace", "setPlan", [model_id(seller, "subject-lines"), terms])
    begin(page, SHOP)
    expect(page.locator("#headline")).to_contain_text("2.5 USDX")
    left = codec.call_data("DemoDollar", "approve", [market.address("RevenueSplitter"), 1])
    wallet._eth_sendTransaction({"from": wallet.address, "to": token, "data": left})
    market.mine()
    page.get_by_label("I accept the licence").check()
    pay(page)
    expect(page.get_by_text("Your wallet asks three times")).to_be_visible()
    stands(page, "It is yours")
    assert wallet.asked.count("eth_sendTransaction") == 3


@pytest.mark.parametrize("context_options", [{"width": 360}])
def test_demo_dollars_are_given_and_pay_by_permit_in_the_demo_wallets_words(page: Page, market: Market) -> None:
    asked = page.locator("#demo-wallet")
    page.goto("/account/")
    page.get_by_role("button", name="Buyer").click()
    expect(asked.get_by_role("heading", name="Sign in to")).to_be_visible()
    asked.get_by_role("button", name="Sign, free of gas").click()
    expect(page.get_by_role("heading", name="Demo dollars")).to_be_visible()
    ready(page, "seller-desk")
    shoot(page, "demo-dollars")
    page.get_by_role("button", name="Get 1,000 demo dollars").click()
    expect(asked.get_by_role("heading", name="Get 1,000 demo dollars")).to_be_visible()
    expect(asked).to_contain_text("it succeeds")
    assert violations(page) == []
    assert overflow(page) <= 0
    asked.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("Sent. This page updates")).to_be_visible()
    market.mine()
    page.goto("/models/vector-works/text-similarity")
    expect(page.locator("#headline")).to_contain_text("10 DEMOUSD")
    page.get_by_label("I accept the licence").check()
    pay(page)
    expect(asked.get_by_role("heading", name="Let the marketplace take 10 demo dollars once")).to_be_visible()
    expect(asked).to_contain_text("Of your")
    shoot(page, "permit-in-words")
    expect(asked.locator(".notice")).to_have_count(0)
    assert violations(page) == []
    asked.get_by_role("button", name="Sign, free of gas").click()
    expect(asked.get_by_role("heading", name="Buy text-similarity for 10 demo dollars")).to_be_visible()
    expect(asked).to_contain_text("990 DEMOUSD")
    shoot(page, "payment-in-words")
    asked.get_by_role("button", name="Confirm").click()
    stands(page, "It is yours")
