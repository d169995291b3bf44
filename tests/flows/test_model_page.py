"""A model's page on a phone: what it costs is seen and follows the choice, before anybody has signed in."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from .browsing import opened, overflow, shoot, split_words, violations
from .market import MODEL, Market

pytestmark = [pytest.mark.xdist_group("owning"), pytest.mark.long(350)]

SHIFTED = """() => new Promise((told) => {
  let sum = 0;
  const add = (list) => list.getEntries().forEach((entry) => (sum += entry.hadRecentInput ? 0 : entry.value));
  new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => setTimeout(() => told(sum)));
})"""
MOST_SHIFTED = 0.02


@pytest.fixture(scope="module")
def site(market: Market) -> str:
    """The market's."""
    return market.site


@pytest.fixture
def phone(browser: Browser, site: str) -> Iterator[Page]:
    """The page of a model on a phone, with its price as the contract says it."""
    with opened(browser, site, width=360) as (page, _):
        with page.expect_response("**/quote?*"):
            page.goto(MODEL)
        yield page


def test_price_and_buy_stay_within_reach_until_the_panel_is_in_sight(phone: Page) -> None:
    dock = phone.locator(".buy-dock")
    expect(dock).to_contain_text("0.03 ETH")
    expect(dock).to_contain_text(re.compile(r"once\s+refund until \d+ \w+"))
    buy = dock.get_by_role("link", name="Buy access")
    box = buy.bounding_box()
    assert box
    assert box["height"] >= 48
    assert violations(phone) == []
    assert overflow(phone) <= 0
    assert split_words(phone) == []
    assert phone.evaluate(SHIFTED) <= MOST_SHIFTED
    shoot(phone, "model-phone")
    buy.click()
    expect(phone.get_by_role("link", name="Connect a wallet to buy")).to_be_in_viewport()
    expect(dock).to_be_hidden()
    phone.evaluate("() => scrollTo(0, 0)")
    expect(dock).to_be_visible()
    phone.locator("#search").focus()
    expect(dock).to_be_hidden()


def test_every_plan_is_seen_and_one_price_follows_the_choice_and_moves_nothing(phone: Page) -> None:
    phone.get_by_role("radio", name="Lasting access").scroll_into_view_if_needed()
    expect(phone.get_by_role("radio", name=re.compile("By the month .* 0.005 ETH per 30 days"))).to_be_visible()
    button = phone.get_by_role("link", name="Connect a wallet to buy")
    before = button.bounding_box()
    phone.get_by_text("By the month").click()
    phone.get_by_label("Months of 30 days").select_option("3")
    expect(phone.locator("#headline")).to_contain_text(re.compile(r"0\.015 ETH\s*for 90 days"))
    expect(phone.locator("#quote")).to_contain_text("0.015 ETH")
    expect(phone.locator("#price-said")).to_contain_text("for 90 days")
    expect(phone.locator("#dock-price")).to_contain_text("90 days")
    after = button.bounding_box()
    assert before
    assert after
    assert abs(after["y"] - before["y"]) <= 1
    phone.get_by_role("radio", name="Lasting access").check()
    phone.get_by_text("Buy several").click()
    phone.get_by_label("Passes").fill("101")
    expect(phone.locator("#quote").get_by_role("alert")).to_contain_text("1 to 100 passes")
    phone.get_by_label("Passes").fill("2")
    expect(phone.locator("#headline")).to_contain_text(re.compile(r"0\.06 ETH\s*lasting access × 2"))
    phone.get_by_text("Price breakdown").click()
    phone.get_by_label("Passes").fill("3")
    expect(phone.locator("#quote")).to_contain_text("× 3")
    expect(phone.get_by_text("Base price")).to_be_visible()
    assert violations(phone) == []


def test_on_paper_stands_what_is_for_paper(phone: Page) -> None:
    phone.emulate_media(media="print")
    expect(phone.locator(".on-paper")).to_contain_text(MODEL)
    for hidden in (".buy-dock", ".tabs", "#playground", "[name=plan]", "#passes"):
        expect(phone.locator(hidden).locator("visible=true")).to_have_count(0)
    expect(phone.locator("#headline")).to_be_visible()
