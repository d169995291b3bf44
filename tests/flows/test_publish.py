"""Somebody new sells a model: a folder is dropped, checked, described, priced and listed; uploads outlive a browser."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from .browsing import COLOUR_RULES, Guard, overflow, shoot, violations
from .market import Market, ready
from .publishing import go, saved, sign_in, tiny_model, working
from .wallet import TestWallet

pytestmark = [pytest.mark.xdist_group("selling"), pytest.mark.long(250)]
STEPS = ("name", "files", "checks", "card", "price", "preview", "list")


@pytest.fixture(scope="session")
def site(market: Market) -> Iterator[str]:
    """The market's, with its tasks."""
    with working(market):
        yield market.site


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_model(tmp_path / "tiny-haiku")


def look_at(page: Page, name: str) -> None:
    """Ask axe about a step in both themes, and see that it fits a phone."""
    assert violations(page) == [], name
    shoot(page, f"publish-{name}")
    page.emulate_media(color_scheme="dark")
    assert violations(page, COLOUR_RULES) == [], name
    shoot(page, f"publish-{name}-dark")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 360, "height": 800})
    shoot(page, f"publish-{name}-360")
    assert overflow(page) <= 0, name
    page.set_viewport_size({"width": 1440, "height": 900})


def choose(page: Page, folder: Path) -> None:
    """Choose a folder as a person does."""
    page.locator("input[webkitdirectory]").set_input_files(folder)


def test_a_wallet_new_to_the_site_sells_a_model(
    page: Page, guard: Guard, market: Market, folder: Path, wallet: TestWallet, browser: Browser
) -> None:
    started = time.monotonic()
    sign_in(page, "/sell/")
    page.get_by_role("link", name="Sell a model").first.click()
    page.wait_for_url("**/sell/new")
    look_at(page, "new")
    page.get_by_role("button", name="Files of a model").click()
    page.wait_for_url("**/name")
    ready(page, "draft-form")
    page.locator("#owner").fill("haiku-house")
    expect(page.locator("#owner-said")).to_contain_text("is free")
    look_at(page, "name")
    page.get_by_role("button", name="Take this name").click()
    page.locator("#f-name").fill("tiny-haiku")
    expect(page.locator("#said")).to_contain_text("haiku-house/tiny-haiku is free")
    saved(page)
    go(page, "files")
    ready(page, "model-uploader")
    choose(page, folder)
    expect(page.locator("#following li")).to_have_count(3)
    expect(page.locator("[data-told]")).to_contain_text("Left out: 2")
    expect(page.locator(".upload")).to_have_count(0)
    look_at(page, "files")
    go(page, "checks")
    expect(page.locator("#following[data-waits]")).to_have_count(0)
    look_at(page, "checks")
    go(page, "card")
    ready(page, "draft-form")
    expect(page.locator("#f-license")).to_have_value("apache-2.0")  # the files say it
    expect(page.locator("#f-task")).to_have_value("text-generation")
    page.locator("#f-summary").fill("Writes haiku of three lines from one word.")
    page.locator("#f-text").fill(
        "# Tiny haiku\n\nIt writes **haiku** of three lines from one word. "
        "It is tiny and made by a test, so nothing should depend on it."
    )
    expect(page.locator("#said strong")).to_have_text("haiku")
    saved(page)
    look_at(page, "card")
    go(page, "price")
    ready(page, "draft-form")
    page.locator("#f-pass_price").fill("0.02")
    expect(page.locator("#said")).to_contain_text("0.0195 ETH")
    saved(page)
    look_at(page, "price")
    go(page, "preview")
    expect(page.locator(".page-shown h1")).to_contain_text("tiny-haiku")
    look_at(page, "preview")
    go(page, "list")
    ready(page, "seller-desk")
    look_at(page, "list")
    page.get_by_role("button", name="Sign and list").click()
    expect(page.get_by_role("heading", name="It is listed")).to_be_visible()
    assert len(wallet.sent) == 1
    look_at(page, "listed")
    page.get_by_role("link", name="See it").click()
    expect(page.get_by_role("heading", name="tiny-haiku")).to_be_visible()
    assert time.monotonic() - started < 600
