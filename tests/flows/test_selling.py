"""A seller sets terms in the browser, sees what they mean before, and then what the chain says."""

import pytest
from eth_account import Account as Keys
from eth_account.signers.local import LocalAccount
from playwright.sync_api import Browser, Page, expect

from contracts.chain import codec
from marketplace.demo.history import model_id

from .browsing import COLOUR_RULES, opened, overflow, shoot, split_words, violations
from .market import Market, ready
from .wallet import TestWallet

pytestmark = [pytest.mark.xdist_group("owning"), pytest.mark.long(350)]
TRANSFER_SINGLE = "0xc3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62"  # pragma: allowlist secret
SELLER, NAME = 6, "product-copy"  # which no other test buys: its terms stay changed


@pytest.fixture(scope="module")
def site(market: Market) -> str:
    """The market's."""
    return market.site


def account(number: int) -> LocalAccount:
    """One of anvil's accounts."""
    Keys.enable_unaudited_hdwallet_features()
    keys: LocalAccount = Keys.from_mnemonic("test " * 11 + "junk", account_path=f"m/44'/60'/0'/0/{number}")
    return keys


@pytest.fixture
def seller(page: Page, market: Market) -> TestWallet:
    """The seller's wallet, signed in on the page of its terms."""
    wallet = TestWallet(page, market.node, account(SELLER))
    page.goto("/sign-in?next=/sell/")
    page.get_by_role("button", name="Test wallet").click()
    page.wait_for_url("**/sell/")
    page.get_by_role("link", name=NAME, exact=True).first.click()
    page.wait_for_url("**/sell/anvil/*/")
    ready(page, "seller-desk")
    return wallet


def test_the_desk_says_one_sum_everywhere_and_fits_every_screen(page: Page, market: Market, seller: TestWallet) -> None:
    page.goto("/sell/?period=all")
    page.get_by_text("Show the table").click()
    exact = [
        each.get_attribute("value")
        for each in page.locator("[data-net] data, [data-net-again] data, tfoot b data").all()
    ]
    assert len(exact) == 4  # above the bars, under their table, under the slice and under the models
    assert len(set(exact)) == 1
    assert page.locator(".sales-plot .with-axis line").count() <= 4
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, COLOUR_RULES) == []
    for period in ("7d", "30d", "12m", "all"):
        page.goto(f"/sell/?period={period}")
        for width in (360, 768):
            page.set_viewport_size({"width": width, "height": 800})
            assert overflow(page) <= 0, (period, width)
    page.set_viewport_size({"width": 360, "height": 800})
    assert split_words(page) == []
    in_order = page.evaluate("""() => [".desk-balance", ".desk-net", ".desk-lists"].map(
        (part) => document.querySelector(`#desk ${part}`).getBoundingClientRect().top)""")
    assert in_order == sorted(in_order)  # what can be drawn, then what was earned, then the lists
    shoot(page, "desk-phone")
    page.get_by_role("link", name="Earlier sales").click()
    expect(page.get_by_role("heading", name="Earlier sales")).to_be_visible()


def holder_of(market: Market, model: str) -> int:
    """Return which of anvil's accounts got a pass of a model first, sixty days ago."""
    asked = {"fromBlock": "0x0", "address": market.address("AccessPass"), "topics": [TRANSFER_SINGLE]}
    moved = next(each for each in market.call("eth_getLogs", asked) if each["data"].startswith(model))
    accounts = [each.lower()[2:] for each in market.call("eth_accounts")]
    return accounts.index(moved["topics"][3][-40:])


def test_a_pass_is_offered_and_given_away_on_a_phone(browser: Browser, site: str, market: Market) -> None:
    model = model_id(account(SELLER).address, NAME)
    for function, args in (("allowTransfers", [model, True]), ("allowResale", [model, True, 500])):
        data = codec.call_data("AccessPass", function, args)
        sent = {"from": account(SELLER).address, "to": market.address("AccessPass"), "data": data}
        market.call("eth_sendTransaction", sent)
    with opened(browser, site, width=360) as (page, _):
        TestWallet(page, market.node, account(holder_of(market, model)))
        page.goto(f"/sign-in?next=/passes/anvil/{model}/")
        page.get_by_role("button", name="Test wallet").click()
        page.wait_for_url("**/passes/**")
        ready(page, "seller-desk")
        held = page.locator("[data-held]")
        before = int(held.inner_text())
        page.get_by_label("Price of one").fill("0.01")
        page.get_by_role("button", name="Offer it").click()
        expect(page.locator("[data-offer]")).to_contain_text("You offer 1 pass for 0.01 ETH")
        assert violations(page) == []
        assert overflow(page) <= 0
        shoot(page, "passes-phone")
        page.get_by_label("To which address").fill(account(27).address[:-1])
        page.get_by_role("button", name="Give the pass away").click()
        expect(page.locator("[data-said][role=alert]")).to_contain_text("is not an address")
        page.get_by_label("To which address").fill(account(27).address)
        page.get_by_role("button", name="Give the pass away").click()
        expect(held).to_have_text(str(before - 1))


def send(page: Page, market: Market, button: str) -> None:
    """Press a button, and see that it is said to be sent until the terms beside the forms have followed."""
    said = page.get_by_text("Sent. This page updates").locator("visible=true")
    with market.held():
        page.get_by_role("button", name=button).first.click()
        expect(said).to_be_visible()
    expect(said).to_have_count(0)


def test_a_price_tiers_and_demand_are_set_and_seen(page: Page, market: Market, seller: TestWallet) -> None:
    current = page.locator("#current")
    page.get_by_label("Price of a pass").fill("0.0333")
    expect(page.locator("#preview-plan-0")).to_contain_text("0.0333 ETH")
    send(page, market, "Change the price")
    expect(current).to_contain_text("0.0333")
    page.get_by_label("Let demand move the price").check()
    page.get_by_label("Sales per window, target").fill("10")
    page.get_by_label("Floor, % of the price").fill("80")
    page.get_by_label("Cap, % of the price").fill("150")
    page.get_by_role("textbox", name="From quantity").first.fill("5")
    page.get_by_role("textbox", name="Discount, %").first.fill("12.5")
    preview = page.locator("#preview-pricing")
    expect(preview).to_contain_text("nobody buys")
    expect(preview).to_contain_text("5 units")
    shoot(page, "terms")
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    shoot(page, "terms-dark")
    page.set_viewport_size({"width": 360, "height": 800})
    shoot(page, "terms-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.set_viewport_size({"width": 1440, "height": 900})
    send(page, market, "Set the pricing")
    expect(current).to_contain_text("80–150 %, target 10")
    expect(current).to_contain_text("−12.5 %")
    page.goto(f"/models/shopfront/{NAME}")
    expect(page.locator("#buy")).to_contain_text("0.0333")


def test_a_split_says_its_sum_while_it_is_typed_and_stands_on_chain(
    page: Page, market: Market, seller: TestWallet
) -> None:
    rows = page.get_by_role("textbox", name="Address", exact=True)
    rows.nth(1).fill(account(26).address)
    percent = page.get_by_role("textbox", name="Per cent", exact=True)
    percent.nth(1).fill("33.33")
    expect(page.locator("#preview-split")).to_contain_text("133.33 % of 100")
    expect(page.locator("#preview-split")).to_contain_text("have to come to 100")
    percent.nth(0).fill("33.34")
    page.get_by_role("button", name="Another address").click()
    rows.nth(3).fill(account(27).address)
    percent.nth(3).fill("33.33")
    expect(page.locator("#preview-split")).to_contain_text("100 % of 100")
    shoot(page, "split")
    assert violations(page) == []
    send(page, market, "Set the split")
    expect(page.locator("#current")).to_contain_text("33.34 %")
