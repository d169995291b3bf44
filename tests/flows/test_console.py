"""The moderators' console in a browser: a report to an overturned appeal, a race, a suspension, a lost role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from accounts.demo import PERSONAS
from tests import deploying

from .browsing import opened, overflow, shoot, small_targets, split_words, violations
from .market import Market

pytestmark = [pytest.mark.xdist_group("owning"), pytest.mark.long(400)]
NAME = "pocket-lab/smollm2-monthly"  # of the seller among the personas
STOPPED = "plain-words/say-it-otherwise"  # which no other test uses: it stays stopped
SECOND = next(each for each in PERSONAS if each.name == "moderator-2").address
WHY = "It says that it is made for months, and answers for days."


@pytest.fixture(scope="module")
def site(market: Market) -> str:
    """The market's."""
    return market.site


@contextmanager
def signed_in(browser: Browser, site: str, persona: str, path: str, *, width: int = 1440) -> Iterator[Page]:
    """Open a page as one of the demo wallet's people."""
    with opened(browser, site, width=width) as (page, guard):
        # What a moderator may not do is answered by a status that the browser notes.
        guard.expected = ("403", "409", "422")
        page.goto(f"/sign-in?next={path}")
        page.get_by_role("button", name=persona, exact=True).click()
        page.get_by_role("button", name="Sign, free of gas").click()
        page.wait_for_url(f"{site}{path}")
        yield page


def aside(page: Page) -> Locator:
    return page.locator("aside.decide")


def ready(page: Page) -> None:
    """Wait until the page has its script, the case's background and what a decision does."""
    expect(page.locator("case-keys:defined")).to_be_attached()


def fits(page: Page, name: str) -> None:
    """Look at a page in both themes and at both widths."""
    for width in (1440, 360):
        page.set_viewport_size({"width": width, "height": 900 if width > 720 else 780})
        assert overflow(page) <= 0, (name, width)
        if width == 360:
            assert split_words(page) == []
            assert small_targets(page) == [], name
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert violations(page) == [], (name, width, scheme)
            shoot(page, f"{name}-{width}-{scheme}")
    page.set_viewport_size({"width": 1440, "height": 900})


def open_case(page: Page, name: str) -> None:
    page.goto("/moderation/")
    page.locator(".cases a.case", has_text=name).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name.partition("/")[2])
    ready(page)


def claim_from_the_list(page: Page, name: str) -> None:
    """Walk the list by `j`, have `r` open the case with its reason first, and go back and claim it there by `c`."""
    for key in ("r", "c"):
        page.goto("/moderation/")
        ready(page)
        wanted = page.locator(".cases a.case", has_text=name).first
        for _ in range(page.locator(".cases a.case").count()):
            page.keyboard.press("j")
            if wanted.evaluate("(link) => link === document.activeElement"):
                break
        expect(wanted).to_be_focused()
        page.keyboard.press(key)
        page.wait_for_url("**/moderation/cases/**")
        expect(page.get_by_role("heading", name="Decide")).to_be_visible()
        if key == "r":
            expect(page.get_by_label("Canned reason")).to_be_focused()
    expect(page.get_by_text("claimed by you")).to_be_visible()
    ready(page)


def report(page: Page, category: str, text: str) -> None:
    page.goto(f"/report/listing/{NAME}")
    page.get_by_label("What is wrong").select_option(category)
    page.get_by_label("What you saw").fill(text)
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_role("main")).to_contain_text("Your reports")


def test_from_a_report_by_keyboard_to_an_appeal_that_overturns(browser: Browser, site: str, market: Market) -> None:
    with ExitStack() as stack:
        enter = stack.enter_context
        voter = enter(signed_in(browser, site, "Voter", "/models"))
        report(voter, "deceptive", WHY)
        first = enter(signed_in(browser, site, "Moderator", "/moderation/"))
        second = enter(signed_in(browser, site, "Second moderator", "/moderation/"))
        expect(first.get_by_role("navigation", name="Main").get_by_role("link", name="Moderation")).to_be_visible()
        expect(voter.get_by_role("navigation", name="Main").get_by_role("link", name="Moderation")).to_have_count(0)
        fits(first, "console-queue")
        # Both open it at once, and both want it: one gets it.
        for page in (first, second):
            open_case(page, NAME)
        first.keyboard.press("c")
        expect(first.get_by_text("claimed by you")).to_be_visible()
        second.keyboard.press("c")
        expect(second.get_by_text("Another moderator works on this case")).to_be_visible()
        expect(second.get_by_role("button", name="Decide")).to_have_count(0)
        # The rest by keyboard alone.
        expect(first.locator("#reports")).to_contain_text(WHY)
        expect(first.locator("#background")).to_contain_text("Similar cases")
        first.keyboard.press("?")
        expect(first.get_by_role("dialog", name="Keys")).to_be_visible()
        first.keyboard.press("Escape")
        first.keyboard.press("3")
        expect(aside(first).get_by_role("radio", name="Hide it")).to_be_checked()
        first.keyboard.press("r")
        expect(first.get_by_label("Canned reason")).to_be_focused()
        first.get_by_label("Canned reason").select_option("not-what-it-says")
        expect(first.get_by_label("Reason, the owner reads it")).to_have_value(re.compile("^What the page says"))
        expect(first.locator("#effects")).to_contain_text("Takes it out of the catalogue")
        expect(first.locator("#effects")).to_contain_text("Leaves payouts and refunds alone")
        fits(first, "console-case")
        first.keyboard.press("Control+Enter")
        expect(first.get_by_role("heading", name="Decided")).to_be_visible()
        fits(first, "console-decided")
        visitor = enter(opened(browser, site))[0]
        visitor.goto(f"/models/{NAME}")
        expect(visitor.get_by_role("region", name="Hidden by a moderator")).to_contain_text("Deceptive")
        # The owner reads why, and appeals.
        owner = enter(signed_in(browser, site, "Seller", "/account/statements"))
        owner.get_by_role("link", name=NAME).first.click()
        expect(owner.get_by_role("heading", name="Statement of reasons")).to_be_visible()
        owner.get_by_label("Why the decision is wrong").fill("It answers for months: see the plot of its uptime.")
        owner.get_by_role("button", name="Appeal").click()
        # The first moderator may not judge it; the second does.
        open_case(first, NAME)
        expect(aside(first)).to_contain_text("an appeal against a decision that you took part in")
        claim_from_the_list(second, NAME)
        expect(second.get_by_text("It answers for months").first).to_be_visible()
        aside(second).get_by_role("radio", name="Show it again").check()
        second.get_by_label("Reason, the owner reads it").fill("The plot shows it. We were wrong.")
        second.keyboard.press("Control+Enter")
        expect(second.get_by_role("heading", name="Decided")).to_be_visible()
        voter.goto("/account/reports")
        expect(voter.get_by_text("overturned on appeal").first).to_be_visible()
        second.goto("/moderation/log")
        expect(second.get_by_role("heading", level=1)).to_be_visible()
        market.manage("verify_log")
        second.goto("/moderation/figures")
        expect(second.get_by_text("overturned on appeal")).to_be_visible()
        fits(second, "console-figures")
        visitor.goto("/moderation/transparency")
        expect(visitor.get_by_role("rowheader", name="Hidden, deceptive")).to_be_visible()
        fits(visitor, "console-transparency")


def test_two_moderators_suspend_on_the_chain_and_one_who_lost_the_role_is_out(
    browser: Browser, site: str, market: Market
) -> None:
    with ExitStack() as stack:
        enter = stack.enter_context
        first = enter(signed_in(browser, site, "Moderator", "/moderation/"))
        second = enter(signed_in(browser, site, "Second moderator", "/moderation/"))
        first.goto(f"/moderation/about/listing/{STOPPED}")
        first.get_by_role("button", name="Open a case about it").click()
        ready(first)
        aside(first).get_by_role("radio", name="Suspend on chain").check()
        aside(first).get_by_label("Category").select_option("malware")
        first.get_by_label("Reason, the owner reads it").fill(WHY)
        first.get_by_label("For how many days").fill("7")
        expect(first.locator("#effects")).to_contain_text("Stops its sale in the contract")
        expect(first.locator("#effects")).to_contain_text("nobody can run it any more")
        fits(first, "console-suspend")
        aside(first).get_by_role("button", name="Decide").click()
        expect(first.get_by_role("heading", name="Waits for a second moderator")).to_be_visible()
        expect(first.get_by_role("button", name="Confirm it")).to_have_count(0)
        second.goto("/moderation/?show=waiting")
        second.locator(".cases a.case", has_text=STOPPED).click()
        ready(second)
        fits(second, "console-pending")
        second.get_by_role("button", name="Confirm it").click()
        expect(second.get_by_text("2 of 2 moderators")).to_be_visible()
        expect(second.locator("seller-desk:defined")).to_be_attached()
        second.get_by_role("button", name="Suspend it on the chain").click()
        second.get_by_role("dialog").get_by_role("button", name="Confirm").click()
        expect(aside(second)).to_contain_text("Suspended on the chain as well")
        fits(second, "console-suspended")
        second.goto(f"/models/{STOPPED}")
        expect(second.get_by_text("nobody can run it")).to_be_visible()
        # The DAO takes the role back, and the next click leads nowhere.
        second.goto("/moderation/")
        role = [1, SECOND]
        deploying.decide(market.node, market.contracts, "AccessManager", "revokeRole", role)
        try:
            expect(second.get_by_role("heading", name="Queue")).to_be_visible()
            gone = second.get_by_text("Only moderators decide this")
            for _ in range(60):
                second.goto("/moderation/")
                if gone.count():
                    break
            expect(gone).to_be_visible()
        finally:
            deploying.decide(market.node, market.contracts, "AccessManager", "grantRole", [*role, 0])
