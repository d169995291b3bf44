"""A proposal's whole way in the browser: drafted, co-signed, proposed, voted on, queued, executed, and then obeyed.

On a market of its own, because its clock goes on by weeks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from eth_account import Account as Keys
from eth_account.signers.local import LocalAccount
from playwright.sync_api import Browser, Page, expect

from common.published import MNEMONIC
from contracts.chain import codec
from contracts.chain.events import decode_log
from contracts.names import DAY, MARKET, TOKEN
from marketplace.demo.history import model_id
from tests import anvil

from .browsing import opened, shoot, violations
from .market import Beginning, Market, ready, trading
from .wallet import TestWallet

pytestmark = [pytest.mark.xdist_group("dao"), pytest.mark.long(150)]
AUTHOR, SECOND, HOLDER = 3, 32, 33  # of anvil's accounts: the demo's voters
SELLER, BUYER, PAID = 6, 24, 25
WHOLE = 10**18
OLD_FEE, NEW_FEE = 200, 195  # in 1/10,000


@pytest.fixture(scope="module")
def market(beginning: Beginning, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """A market whose clock nobody else needs."""
    with trading(tmp_path_factory.mktemp("dao"), beginning, "dao") as running_market:
        yield running_market


@pytest.fixture(scope="module")
def site(market: Market) -> str:
    """The market's."""
    return market.site


def key_of(number: int) -> LocalAccount:
    Keys.enable_unaudited_hdwallet_features()
    made: LocalAccount = Keys.from_mnemonic(MNEMONIC, account_path=f"m/44'/60'/0'/0/{number}")
    return made


def enter(page: Page, market: Market, number: int, path: str) -> None:
    """Sign in with one of anvil's accounts, and be on a page."""
    TestWallet(page, market.node, key_of(number))
    page.goto(f"{market.site}/sign-in?next={path}")
    page.get_by_role("button", name="Test wallet").click()
    page.wait_for_url(f"{market.site}{path}")


def press(page: Page, name: str) -> None:
    ready(page, "seller-desk")
    page.get_by_role("button", name=name).click()


def later(market: Market, seconds: int) -> None:
    market.call("evm_increaseTime", hex(seconds))
    market.mine()


def relay(market: Market) -> None:
    """Have the relayer look once, and carry what was signed."""
    market.manage("relay_votes", "--once")


def send(market: Market, number: int, function: str, arguments: list[Any], value: int = 0) -> Any:
    """Have one of anvil's accounts call the market; return the receipt."""
    sender, data = market.call("eth_accounts")[number], codec.call_data(MARKET, function, arguments)
    call = {"from": sender, "to": market.address(MARKET), "data": data, "value": hex(value)}
    receipt = anvil.receipt(market.node, market.call("eth_sendTransaction", call))
    assert receipt["status"] == "0x1"
    return receipt


def fee_of_a_sale(market: Market, model: str) -> int:
    """Sell a pass for one coin, and return its fee in 1/10,000."""
    logs = send(market, BUYER, "purchaseAccess", [model], WHOLE)["logs"]
    told = [decode_log(MARKET, log["topics"], log["data"]) for log in logs]
    (sale,) = [each[1]["p"] for each in told if each and each[0] == "AccessPurchased"]
    return int(sale["fee"]) * 10_000 // int(sale["paid"])


def held(market: Market, number: int) -> int:
    """Return how much LATTICE one of anvil's accounts has."""
    account = market.call("eth_accounts")[number]
    data = codec.call_data(TOKEN, "balanceOf", [account])
    return int(market.call("eth_call", {"to": market.address(TOKEN), "data": data}, "latest"), 16)


def draft(page: Page) -> str:
    """Write a draft with two actions; return where it is."""
    page.goto("/dao/drafts/new")
    page.get_by_role("button", name="Pay from the treasury").click()
    page.wait_for_url("**/dao/drafts/*")
    page.get_by_label("Title").fill("Lower the fee a little, and pay for the work")
    page.locator("#action-0").get_by_label("Asset").select_option(label="LATTICE")
    page.locator("#action-0").get_by_label("Amount").fill("1000")
    page.locator("#action-0").get_by_label("Recipient").fill(key_of(PAID).address)
    page.get_by_label("Another action").select_option(label="Protocol fee")
    page.get_by_role("button", name="Add").click()
    page.locator("#action-1").get_by_role("textbox").fill("1.95")
    expect(page.locator("#effect-1")).to_contain_text("from 2 % to 1.95 %")
    expect(page.locator("#checks")).to_contain_text("every call succeeds")
    assert violations(page) == []
    page.locator("#share select").select_option(label="whoever has the link")
    page.locator("#share").get_by_role("button", name="Set").click()
    expect(page.get_by_role("button", name="Copy the link")).to_be_visible()
    return page.url.partition("#")[0]


def test_what_is_drafted_is_in_the_end_obeyed(page: Page, browser: Browser, market: Market) -> None:
    model = model_id(market.call("eth_accounts")[SELLER], "fee")
    send(market, SELLER, "listModel", [model, WHOLE, "ipfs://fee"])
    assert fee_of_a_sale(market, model) == OLD_FEE
    relay(market)  # signing is offered where a relayer looks
    enter(page, market, AUTHOR, "/dao/drafts")
    where = draft(page)
    with opened(browser, market.site) as (second, _), opened(browser, market.site, width=360) as (holder, _):
        enter(second, market, SECOND, where.removeprefix(market.site))
        press(second, "Co-sign")
        expect(second.get_by_text("You have co-signed this text.")).to_be_visible()
        # One who has votes gives them to another before the vote opens.
        author = key_of(AUTHOR).address.lower()
        enter(holder, market, HOLDER, f"/dao/delegates/{author}")
        press(holder, "Delegate 3,000,000 votes")
        expect(holder.get_by_text("You have signed this")).to_be_visible()
        relay(market)
        expect(holder.get_by_text("votes for this address already")).to_be_visible()

        page.goto(where)
        press(page, "Propose it")
        expect(page.get_by_role("heading", name="Proposed as No. 13")).to_be_visible()
        page.goto("/dao/proposals/13")
        expect(page.get_by_text("Set the protocol fee from 2 % to 1.95 %")).to_be_visible()
        # What others wrote and what is counted stand on the page itself, and in no notice.
        expect(page.locator("div.told")).to_have_css("border-left-width", "0px")
        later(market, DAY + 60)

        page.reload()
        page.locator("#ballot").get_by_role("radio", name="For").check()
        press(page, "Sign the vote, no gas")
        expect(page.locator("#ballot")).to_contain_text("Signed: for")
        second.goto("/dao/proposals/13")
        second.locator("#ballot").get_by_role("radio", name="Against").check()
        press(second, "Send my own transaction")
        expect(second.locator("#ballot")).to_contain_text("Your vote counts: against")
        relay(market)
        expect(page.locator("#ballot")).to_contain_text("Your vote counts: for")
        # Delegated too late for that vote would not count; hers was early enough.
        expect(page.locator("main")).to_contain_text("9,000,000")
        shoot(page, "dao-voted")
        later(market, 6 * DAY)

        holder.goto("/dao/proposals/13")
        press(holder, "Queue it in the timelock")
        expect(holder.get_by_text("queued", exact=True).first).to_be_visible()
        later(market, 2 * DAY)
        holder.reload()
        before = held(market, PAID)
        press(holder, "Execute it")
        expect(holder.get_by_text("executed", exact=True).first).to_be_visible()
        shoot(holder, "dao-executed")
        assert held(market, PAID) - before == 1_000 * WHOLE
        assert fee_of_a_sale(market, model) == NEW_FEE
        holder.goto("/dao/parameters")
        expect(holder.locator("main")).to_contain_text("1.95 %")
        holder.goto("/dao/treasury")
        expect(holder.locator("main")).to_contain_text("Lower the fee a little")
