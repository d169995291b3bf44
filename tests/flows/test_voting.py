"""Voting on the demo's open proposal: by a signature that the relayer carries, and by a transaction of one's own."""

from __future__ import annotations

import pytest
from eth_account import Account as Keys
from eth_account.signers.local import LocalAccount
from playwright.sync_api import Browser, Page, expect

from common.published import MNEMONIC

from .browsing import Guard, opened, overflow, shoot, small_targets, violations
from .market import Market, ready
from .wallet import REJECTED, TestWallet

pytestmark = [pytest.mark.xdist_group("owning"), pytest.mark.long(60)]
VOTER, DELEGATE = 3, 5  # of anvil's accounts: who has not voted on it in the demo's history


@pytest.fixture(scope="module")
def site(market: Market) -> str:
    """The market's."""
    return market.site


def key_of(number: int) -> LocalAccount:
    Keys.enable_unaudited_hdwallet_features()
    made: LocalAccount = Keys.from_mnemonic(MNEMONIC, account_path=f"m/44'/60'/0'/0/{number}")
    return made


def to_the_ballot(page: Page) -> None:
    """Go from the DAO's page to the proposal that is voted on, and sign in there."""
    page.goto("/dao")
    page.get_by_role("link", name="Raise the stakers").first.click()
    ready(page, "seller-desk")
    page.get_by_role("link", name="Connect wallet to vote").click()
    page.get_by_role("button", name="Test wallet").click()
    expect(page.get_by_role("button", name="Sign the vote, no gas")).to_be_visible()
    ready(page, "seller-desk")


def choose(page: Page, word: str) -> None:
    page.locator("#ballot").get_by_role("radio", name=word).check()


def says(page: Page, text: str) -> None:
    expect(page.locator("#ballot")).to_contain_text(text)


def test_a_vote_by_signature_and_one_by_transaction(page: Page, guard: Guard, browser: Browser, market: Market) -> None:
    market.manage("relay_votes", "--once")  # so that a relayer has looked
    wallet = TestWallet(page, market.node, key_of(VOTER))
    to_the_ballot(page)
    wallet.faults["eth_signTypedData_v4"] = REJECTED
    choose(page, "Against")
    page.get_by_role("button", name="Sign the vote, no gas").click()
    expect(page.get_by_text("You cancelled. Nothing was signed or sent.")).to_be_visible()
    # By keyboard alone, with another choice and a reason.
    page.locator("#ballot input[value='0']").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_text("Give a reason").focus()
    page.keyboard.press("Enter")
    page.get_by_role("textbox", name="Reason", exact=True).fill("The stakers bear the risk.")
    says(page, "474 characters left")
    page.get_by_role("button", name="Sign the vote, no gas").focus()
    page.keyboard.press("Enter")
    says(page, "Signed: abstain")
    assert violations(page) == []
    shoot(page, "ballot-signed")
    # A change of mind, while it waits.
    choose(page, "For")
    page.get_by_role("button", name="Sign the changed vote").click()
    says(page, "Signed: for")
    market.manage("relay_votes", "--once")
    says(page, "Your vote counts: for")
    says(page, "Final")
    says(page, "The stakers bear the risk.")
    assert wallet.sent == []
    page.set_viewport_size({"width": 360, "height": 780})
    assert overflow(page) <= 0
    # Another one, on a phone, pays for its own transaction.
    with opened(browser, market.site, width=360) as (other, _):
        second = TestWallet(other, market.node, key_of(DELEGATE))
        to_the_ballot(other)
        other.goto(f"{other.url.partition('#')[0]}/ballot")
        ready(other, "seller-desk")
        assert violations(other) == []
        assert small_targets(other) == []
        choose(other, "Against")
        other.get_by_role("button", name="Send my own transaction").click()
        says(other, "Your vote counts: against")
        says(other, "Final")
        assert len(second.sent) == 1
        shoot(other, "ballot-counted-phone")
