"""Somebody sells a model that runs on a server of theirs: it is tried, listed, answers buyers, and fails in sight."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.inference.seller import KEY, WORDS, Seller, selling

from .browsing import COLOUR_RULES, Guard, opened, overflow, shoot, violations
from .market import Market, ready
from .publishing import clicks, count_clicks, go, saved, sign_in, working
from .wallet import TestWallet

pytestmark = [pytest.mark.xdist_group("selling"), pytest.mark.long(200)]
MOST_CLICKS = 20  # three of them for a wrong address, and six for a wrong key
CARD = """# Lemon words

It writes a line about lemon trees, whatever one asks. It runs on a server of a test's, and nothing should depend on
what it says. It knows English alone.
"""


@pytest.fixture(scope="module")
def site(market: Market) -> Iterator[str]:
    """The market's, with its tasks."""
    with working(market):
        yield market.site


@pytest.fixture
def server() -> Iterator[Seller]:
    """The seller's server."""
    with selling(pause=0.05) as running:
        yield running


def look_at(page: Page, name: str) -> None:
    """Ask axe in both themes, and see that it fits a phone."""
    assert violations(page) == [], name
    shoot(page, f"endpoint-{name}")
    page.emulate_media(color_scheme="dark")
    assert violations(page, COLOUR_RULES) == [], name
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 360, "height": 800})
    shoot(page, f"endpoint-{name}-360")
    assert overflow(page) <= 0, name
    page.set_viewport_size({"width": 1440, "height": 900})


def test_a_model_is_sold_by_a_server_alone(
    page: Page, guard: Guard, market: Market, wallet: TestWallet, server: Seller, browser: Browser
) -> None:
    started = time.monotonic()
    count_clicks(page)
    sign_in(page, "/sell/new")
    page.get_by_role("button", name="server").first.click()
    page.wait_for_url("**/sell/drafts/**")
    page.goto(page.url.rpartition("/")[0] + "/name")
    ready(page, "draft-form")
    page.locator("#owner").fill("lemon-house")
    expect(page.locator("#owner-said")).to_contain_text("is free")
    page.get_by_role("button", name="Take this name").click()
    page.locator("#f-name").fill("lemon-words")
    saved(page)
    go(page, "files")
    servers = page.locator("#upstreams")
    servers.get_by_label("Address").fill("http://10.0.0.1/v1")
    servers.get_by_role("button", name="Add it and try it").click()
    expect(servers).to_contain_text("Only https is asked")
    servers.get_by_label("Address").fill(server.url)
    servers.get_by_label("Key", exact=True).fill("not-the-right-key")
    servers.get_by_label("Let visitors without access try it").check()
    servers.get_by_label("Does it keep what it is asked?").select_option("no")
    servers.get_by_role("button", name="Add it and try it").click()
    expect(servers).to_contain_text("It refuses the key. Replace the key")
    look_at(page, "refused")
    servers.get_by_role("link", name="Replace the key").click()
    servers.get_by_label("New key").fill(KEY)
    servers.get_by_role("button", name="Save and try it").click()
    expect(servers).to_contain_text("It answers, streams, reads 8,192 tokens, first token after")
    assert KEY not in page.content()
    look_at(page, "answers")
    go(page, "checks")
    expect(page.locator("#following[data-waits]")).to_have_count(0)
    expect(page.locator("#main, main").first).to_contain_text("It answers, streams")
    go(page, "card")
    ready(page, "draft-form")
    page.locator("#f-task").select_option("text-generation")
    page.locator("#f-license").fill("apache-2.0")
    page.locator("#f-summary").fill("Writes a line about lemon trees, whatever one asks.")
    page.locator("#f-text").fill(CARD)
    saved(page)
    go(page, "price")
    ready(page, "draft-form")
    page.locator("#f-pass_price").fill("0.02")
    saved(page)
    go(page, "preview")
    go(page, "list")
    ready(page, "seller-desk")
    page.get_by_role("button", name="Sign and list").click()
    expect(page.get_by_role("heading", name="It is listed", exact=True)).to_be_visible()
    assert len(wallet.sent) == 1
    assert time.monotonic() - started < 600
    assert clicks(page) <= MOST_CLICKS
    market.manage("watch_engines", "--once")
    with opened(browser, market.site) as (visitor, _):
        visitor.goto("/models/lemon-house/lemon-words")
        expect(visitor.locator("#playground")).to_contain_text("keeps nothing of it, as the seller says")
        ready(visitor, "model-playground")
        visitor.locator("#question").fill("What stands here?")
        visitor.get_by_role("button", name="Ask", exact=True).click()
        expect(visitor.locator("[data-turns]")).to_contain_text("".join(WORDS))
        visitor.get_by_role("link", name="Sample answers that our checks got").click()
        expect(visitor.locator("#samples")).to_contain_text("Explain in two sentences why leaves are green.")
        look_at(visitor, "model")
    page.goto("/sell/models/lemon-house/lemon-words/upstreams")
    expect(page.locator(".server")).to_have_count(1)
    page.get_by_role("button", name="Drain it").click()
    expect(page.locator("#upstreams")).to_contain_text("Switched off: it gets no calls.")
    look_at(page, "seller")
