"""Buying in every way, and taking it back: subscriptions, bulk, tokens, referrers, refunds, disputes and rulings."""

import re
from collections.abc import Iterator

import pytest
from eth_account import Account as Keys
from playwright.sync_api import Browser, Page, Route, expect

from contracts.chain import codec
from marketplace.demo.history import model_id

from .browsing import opened, overflow, shoot, violations
from .market import Market, pay, ready, reopen, stands
from .wallet import TestWallet

pytestmark = [pytest.mark.xdist_group("owning"), pytest.mark.long(350)]
Keys.enable_unaudited_hdwallet_features()
MODERATOR, SHOPFRONT = 4, 6  # of anvil's accounts
REFERRER = "0x" + "1d" * 20
PLAIN, MONTHLY = "/models/plain-words/short-summary", "/models/pocket-lab/smollm2-monthly"
SHOP = "/models/shopfront/subject-lines"


@pytest.fixture(scope="module")
def site(market: Market) -> str:
    """The market's."""
    return market.site


@pytest.fixture
def moderator(browser: Browser, site: str, market: Market) -> Iterator[Page]:
    """Another window, in which the moderator is signed in."""
    key = Keys.from_mnemonic("test " * 11 + "junk", account_path=f"m/44'/60'/0'/0/{MODERATOR}")
    with opened(browser, site) as (page, _):
        TestWallet(page, market.node, key)
        page.goto("/sign-in")
        sign_in(page)
        yield page


def sign_in(page: Page) -> None:
    page.get_by_role("button", name="Test wallet").click()
    expect(page.get_by_role("button", name="your account")).to_be_visible()


def begin(page: Page, model: str) -> None:
    page.goto(model)
    page.get_by_role("link", name="Connect a wallet to buy").click()
    page.get_by_role("button", name="Test wallet").click()
    expect(page.get_by_label("I accept the licence")).to_be_visible()


def buy(page: Page) -> str:
    """Order what is chosen and pay it; return the order's address once it is final."""
    page.get_by_label("I accept the licence").check()
    pay(page)
    stands(page, "It is yours")
    return page.url


def picture(page: Page, name: str) -> None:
    """Look at a page in both themes, and on a phone."""
    assert violations(page) == []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        shoot(page, f"{name}-{scheme}")
    page.set_viewport_size({"width": 360, "height": 780})
    assert overflow(page) <= 0
    shoot(page, f"{name}-phone")
    page.set_viewport_size({"width": 1440, "height": 900})


def call(market: Market, sender: str, contract: str, function: str, args: list[object]) -> None:
    """Have an account of the node call one of the contracts, and the chain take it."""
    address = market.address(contract)
    data = codec.call_data(contract, function, args)
    market.call("eth_sendTransaction", {"from": sender, "to": address, "data": data, "gas": hex(400_000)})
    market.mine()


def test_a_subscription_is_bought_and_extended(page: Page, wallet: TestWallet) -> None:
    begin(page, MONTHLY)
    page.get_by_label("Months of 30 days").select_option("2")
    expect(page.locator("#quote")).to_contain_text("× 2")
    expect(page.locator("#quote")).to_contain_text("Access until")
    buy(page)
    page.goto(MONTHLY)
    expect(page.get_by_text("Your subscription runs until")).to_be_visible()
    page.get_by_text("Extend it").click()
    expect(page.get_by_text("If you buy again,")).to_be_visible()
    before = page.locator("#quote").inner_text()
    page.get_by_label("Months of 30 days").select_option("3")
    expect(page.locator("#quote")).not_to_have_text(before)
    picture(page, "extend")
    buy(page)
    assert len(wallet.sent) == 2


def test_a_price_that_comes_under_a_click_does_not_move_what_is_clicked(page: Page, wallet: TestWallet) -> None:
    begin(page, MONTHLY)
    asked: list[Route] = []
    page.route("**/quote?*", lambda route: asked.append(route))
    with page.expect_request("**/quote?*"):
        page.reload()
    box = page.get_by_label("I accept the licence").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 2, box["y"] + 2)
    page.mouse.down()
    with page.expect_request_finished():
        asked[0].continue_()
    page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    page.mouse.up()
    expect(page.get_by_label("I accept the licence")).to_be_checked()
    expect(page.locator("#quote")).to_contain_text("You pay")


def test_many_passes_are_bought_at_once(page: Page, wallet: TestWallet, market: Market) -> None:
    begin(page, PLAIN)
    page.get_by_text("Buy several").click()
    page.get_by_label("Passes").fill("3")
    page.get_by_label("Passes").blur()
    expect(page.locator("#quote")).to_contain_text("0.09 ETH")
    picture(page, "bulk")
    buy(page)
    expect(page.get_by_text("3 passes").first).to_be_visible()


def test_a_referrer_of_a_link_is_kept_shown_and_removable(page: Page, wallet: TestWallet) -> None:
    page.goto(f"/models?ref={REFERRER}")
    begin(page, PLAIN)
    expect(page.get_by_text("Sent by 0x1d1d…1d1d")).to_be_visible()
    expect(page.locator("#quote")).to_contain_text("Referrer gets, from the fee")
    page.get_by_role("button", name="Remove").click()
    expect(page.locator("#quote")).not_to_contain_text("Referrer gets, from the fee")
    page.goto(f"{PLAIN}?ref={wallet.address}")
    expect(page.get_by_label("I accept the licence")).to_be_visible()
    expect(page.locator("[data-referred]")).to_be_hidden()
    page.goto(f"{PLAIN}?ref={REFERRER}")
    expect(page.get_by_text("Sent by 0x1d1d…1d1d")).to_be_visible()
    buy(page)
    expect(page.get_by_text("Sent by")).to_be_visible()


def test_the_demo_dollar_is_paid_by_permit(page: Page, wallet: TestWallet, market: Market) -> None:
    seller = market.call("eth_accounts")[SHOPFRONT]
    model = model_id(seller, "subject-lines")
    terms = {"plan": 0, "token": market.address("DemoDollar"), "price": 25 * 10**6, "period": 0}
    call(market, seller, "ModelMarketplace", "setPlan", [model, terms])
    begin(page, SHOP)
    expect(page.locator("#quote")).to_contain_text("25 DEMOUSD")
    page.get_by_label("I accept the licence").check()
    pay(page)
    expect(page.get_by_text("Your wallet has 0 DEMOUSD on Anvil, and this needs 25 DEMOUSD")).to_be_visible()
    picture(page, "too-few-dollars")
    wallet._eth_sendTransaction(
        {"from": wallet.address, "to": market.address("DemoDollar"), "data": codec.call_data("DemoDollar", "faucet")}
    )
    market.mine()
    reopen(page)
    stands(page, "It is yours")
    assert wallet.asked.count("eth_signTypedData_v4") == 1
    assert wallet.asked.count("eth_sendTransaction") == 1
    picture(page, "paid-in-dollars")


def test_a_refund_inside_the_window_is_credited_and_drawn(page: Page, wallet: TestWallet) -> None:
    begin(page, PLAIN)
    buy(page)
    expect(page.get_by_text("Full refund until")).to_be_visible()
    page.get_by_text("Get a refund").click()
    picture(page, "refund-asked")
    page.get_by_role("button", name="Refund this purchase").click()
    stands(page, "Refunded")
    expect(page.locator("#order")).to_contain_text("Final")
    picture(page, "refunded")
    page.goto("/account/")
    ready(page, "seller-desk")
    expect(page.locator("[data-available]")).to_contain_text("0.03 ETH")
    picture(page, "account-credit")
    page.get_by_role("button", name="Withdraw").click()
    expect(page.locator("[data-available]")).to_contain_text("0 ETH")


@pytest.mark.parametrize("ruling", ["buyer", "seller"])
def test_a_dispute_is_opened_with_evidence_and_ruled(
    page: Page, moderator: Page, wallet: TestWallet, ruling: str
) -> None:
    begin(page, PLAIN)
    order = buy(page)
    page.get_by_text("Open a dispute instead").click()
    page.get_by_label("What is wrong").fill("It answers in another language than its card says.")
    picture(page, f"dispute-asked-{ruling}")
    page.get_by_role("button", name="Open the dispute").click()
    stands(page, "A moderator will rule")
    picture(page, f"disputed-{ruling}")
    moderator.goto("/disputes/")
    picture(moderator, f"disputes-{ruling}")
    receipt = page.get_by_role("link", name="View the dispute").get_attribute("href")
    moderator.locator(f'#disputes a.name[href="{receipt}"]').click()
    expect(moderator.get_by_text("It answers in another language than its card says.")).to_be_visible()
    ready(moderator, "seller-desk")
    moderator.get_by_label(re.compile(f"For the {ruling}")).check()
    moderator.get_by_label("Reason").fill("Its card says so.")
    picture(moderator, f"ruling-{ruling}")
    moderator.get_by_role("button", name="Rule", exact=True).click()
    expect(moderator.get_by_role("heading", name=f"Ruled for the {ruling}")).to_be_visible()
    assert page.url == order
    stands(page, f"Ruled for the {ruling}")
    expect(page.get_by_text("Its card says so.")).to_be_visible()
    picture(page, f"ruled-{ruling}")
