"""How the demo's proposals end otherwise: canceled, defeated, expired; a vote that a reorganisation takes back; and a
pause of the guardian's that ends by itself.

On a market of its own, because its clock goes on by weeks.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from contracts.names import DAY
from tests.waiting import until

from .browsing import opened, shoot, violations
from .market import MODEL, Beginning, Market, ready, trading
from .test_dao import enter, key_of, later, press
from .wallet import TestWallet

pytestmark = [pytest.mark.xdist_group("dao"), pytest.mark.long(90)]
GUARDIAN, PROPOSER, VOTER = 31, 6, 3  # of anvil's accounts
UNQUEUED, VOTED_ON, PENDING = 9, 11, 12  # proposals of the demo


@pytest.fixture(scope="module")
def market(beginning: Beginning, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """A market whose clock nobody else needs."""
    with trading(tmp_path_factory.mktemp("dao_ends"), beginning, "dao_ends") as running_market:
        yield running_market


@pytest.fixture(scope="module")
def site(market: Market) -> str:
    """The market's."""
    return market.site


def is_said(page: Page, number: int, state: str) -> None:
    """A proposal's page comes to say its state by itself, or where it is opened."""
    if not page.url.endswith(f"/dao/proposals/{number}"):
        page.goto(f"/dao/proposals/{number}")
    expect(page.get_by_text(state, exact=True).first).to_be_visible()


def pause(page: Page, days: int) -> None:
    ready(page, "seller-desk")
    page.get_by_label("Days, ").fill(str(days))
    page.get_by_label("Type PAUSE to confirm").fill("PAUSE")
    page.get_by_role("button", name="Pause sales").click()


def test_votes_end_otherwise_and_a_pause_by_itself(page: Page, browser: Browser, market: Market) -> None:
    wallet = TestWallet(page, market.node, key_of(VOTER))
    # Its proposer calls off what nobody votes on yet.
    with opened(browser, market.site) as (proposer, _):
        enter(proposer, market, PROPOSER, f"/dao/proposals/{PENDING}")
        press(proposer, "Cancel your proposal")
        is_said(proposer, PENDING, "canceled")

    # A vote goes back with its block, and counts again once it is in another.
    page.goto(f"/sign-in?next=/dao/proposals/{VOTED_ON}")
    page.get_by_role("button", name="Test wallet").click()
    page.wait_for_url(f"**/dao/proposals/{VOTED_ON}")
    ballot = page.locator("#ballot")
    ballot.get_by_role("radio", name="Against").check()
    with market.held():
        press(page, "Send the vote")
        until(wallet.has_sent, "it is sent")
        market.mine(2)
        expect(ballot).to_contain_text("Your vote counts: against")
        market.call("anvil_reorg", 2, [])
        expect(ballot).not_to_contain_text("Your vote counts")
        shoot(page, "vote-taken-back")
        market.call("eth_sendRawTransaction", wallet.raw)
        market.mine(1)
        expect(ballot).to_contain_text("Your vote counts: against")

    with opened(browser, market.site) as (guardian, _), opened(browser, market.site, width=360) as (buyer, _):
        enter(guardian, market, GUARDIAN, "/dao/roles")
        assert violations(guardian) == []
        pause(guardian, 1)
        expect(guardian.locator("main")).to_contain_text("Sales paused until")
        TestWallet(buyer, market.node)
        buyer.goto(f"/sign-in?next={MODEL}")
        buyer.get_by_role("button", name="Test wallet").click()
        buyer.wait_for_url(f"**{MODEL}")
        terms = buyer.locator("#buy")
        expect(terms).to_contain_text("The market is paused until")
        shoot(buyer, "paused-buyer")
        later(market, DAY + 60)
        buyer.reload()
        expect(terms).to_contain_text("Buy access")
        expect(terms).not_to_contain_text("The market is paused")

    later(market, 5 * DAY)
    page.reload()
    is_said(page, VOTED_ON, "defeated")
    later(market, 14 * DAY)
    is_said(page, UNQUEUED, "expired")
