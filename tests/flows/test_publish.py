"""Somebody new sells a model: a folder is dropped, checked, described, priced and listed; uploads outlive a browser."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from stack import browser as chromium

from .browsing import COLOUR_RULES, Guard, opened, overflow, shoot, small_targets, unreached, violations
from .conftest import CHROMIUM_FLAGS
from .market import ETHER, Market, order, pay, ready, stands
from .publishing import begin, clicks, count_clicks, go, saved, sign_in, tiny_model, working
from .wallet import TestWallet

pytestmark = [pytest.mark.xdist_group("selling"), pytest.mark.long(250)]
MOST_CLICKS = 16  # from the door to a listing, besides choosing a folder and typing
STEPS = ("name", "files", "checks", "card", "price", "preview", "list")


@pytest.fixture(scope="module")
def site(market: Market) -> Iterator[str]:
    """The market's, with its tasks."""
    with working(market):
        yield market.site


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_model(tmp_path / "tiny-haiku")


def look_at(page: Page, name: str) -> None:
    """Ask axe about a step in both themes, and see that it fits a phone and the keyboard comes everywhere."""
    assert unreached(page) == [], name
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
    count_clicks(page)
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
    expect(page.locator("#said")).to_contain_text("0.0196 ETH")
    saved(page)
    look_at(page, "price")
    go(page, "preview")
    expect(page.locator(".page-shown .title h2")).to_contain_text("tiny-haiku")
    look_at(page, "preview")
    go(page, "list")
    ready(page, "seller-desk")
    look_at(page, "list")
    page.get_by_role("button", name="Sign and list").click()
    expect(page.get_by_role("heading", name="It is listed", exact=True)).to_be_visible()
    expect(page.get_by_text("Cost to list")).to_have_count(0)  # nothing is left to do, or to pay
    assert len(wallet.sent) == 1
    look_at(page, "listed")
    page.get_by_role("link", name="See it").click()
    expect(page.get_by_role("heading", name="tiny-haiku", exact=True)).to_be_visible()
    assert time.monotonic() - started < 600
    assert clicks(page) <= MOST_CLICKS
    _is_bought(browser, market, page.url)


def _is_bought(browser: Browser, market: Market, address: str) -> None:
    """Buy the model with another wallet."""
    with opened(browser, market.site) as (other, _guard):
        buyer = TestWallet(other, market.node)
        market.call("anvil_setBalance", buyer.address, hex(ETHER))
        other.goto(address)
        order(other)
        pay(other)
        stands(other, "It is yours")


@pytest.fixture
def draft(page: Page, market: Market, wallet: TestWallet) -> str:
    """The address of a draft that has a name alone; the page is at its files."""
    return begun(page)


def begun(page: Page) -> str:
    """Sign in, begin a draft and name it; return its address. The page is at its files."""
    sign_in(page, "/sell/")
    begin(page)
    page.locator("#f-name").fill("tiny-verse")
    saved(page)
    go(page, "files")
    ready(page, "model-uploader")
    return page.url.removesuffix("/files")


class Line:
    """How fast a page sends."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)

    def slow(self, kilobytes: int) -> None:
        """Have it send no more than so much a second."""
        self._set(kilobytes * 1024)

    def free(self) -> None:
        """Have it send as fast as it can."""
        self._set(-1)

    def _set(self, sends: int) -> None:
        rate = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": sends}
        self._session.send("Network.emulateNetworkConditions", rate)


@contextmanager
def profiled(browser: Browser, market: Market, profile: Path) -> Iterator[Page]:
    """A browser in a process of its own, which keeps what it knows in a folder: it can be killed, and begun again."""
    kept = browser.browser_type.launch_persistent_context(
        profile, executable_path=chromium.find(), args=CHROMIUM_FLAGS, base_url=market.site, reduced_motion="reduce"
    )
    kept.set_default_timeout(30_000)
    try:
        yield kept.pages[0]
    finally:
        with suppress(Error):
            kept.close()


def kill(profile: Path) -> None:
    """Kill the processes of the browser of a folder, which have no moment to write anything down."""
    mark = f"--user-data-dir={profile}".encode()
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if mark in each.read_bytes():
                os.kill(int(each.parent.name), signal.SIGKILL)


def test_an_upload_goes_on_where_a_killed_browser_left_it(browser: Browser, tmp_path: Path, market: Market) -> None:
    large = tiny_model(tmp_path / "large", megabytes=24)
    profile = tmp_path / "profile"
    with profiled(browser, market, profile) as page:
        wallet = TestWallet(page, market.node)
        draft = begun(page)
        Line(page).slow(400)  # it must not have ended before the browser is killed, however busy the machine is
        choose(page, large)
        row = page.locator(".upload", has_text="model.safetensors")
        expect(row).to_contain_text("a second")
        # What stands in localStorage is written down seconds later: nothing does, and so the browser can be killed now.
        assert page.evaluate("Object.keys(localStorage).filter((key) => key.includes('tus'))") == []
        cookies = page.context.cookies()
        kill(profile)
    with profiled(browser, market, profile) as page:
        TestWallet(page, market.node, wallet.keys)
        sent: list[int] = []
        page.on("request", lambda request: sent.append(_offset(request.headers)) if request.method == "PATCH" else None)
        page.context.add_cookies([{**each} for each in cookies])  # type: ignore[typeddict-item]  # as if signed in again
        page.goto(f"{draft}/files")
        ready(page, "model-uploader")
        expect(page.locator("#following")).to_contain_text("choose the folder again")
        line = Line(page)
        line.slow(400)
        choose(page, large)
        row = page.locator(".upload", has_text="model.safetensors")
        expect(row).to_contain_text("a second")
        assert sent[0] > 0  # the large one went on at the bytes that were there
        expect(page.locator("[data-sum]")).to_contain_text("left")
        row.get_by_role("button", name="Pause: model.safetensors").press("Enter")
        expect(row).to_contain_text("Paused at")
        expect(row.get_by_role("button", name="Go on: model.safetensors")).to_be_focused()
        shoot(page, "publish-uploading")
        line.free()
        row.get_by_role("button", name="Go on: model.safetensors").press("Enter")
        expect(page.locator("#following .good")).to_have_count(3)
        expect(page.locator(".upload")).to_have_count(0)


def _offset(headers: dict[str, str]) -> int:
    return int(headers.get("upload-offset", 0))


def test_what_is_refused_is_told_before_it_is_sent_and_files_can_be_taken_out(
    page: Page, draft: str, tmp_path: Path
) -> None:
    folder = tiny_model(tmp_path / "odd")
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x02.")
    choose(page, folder)
    expect(page.locator("[data-told]")).to_contain_text("safe_serialization=True")
    expect(page.locator("#following .good")).to_have_count(3)
    assert violations(page) == []
    page.get_by_role("button", name="Take out README.md").click()
    expect(page.locator("#following li")).to_have_count(2)


def test_two_tabs_meet_field_by_field_and_nothing_typed_is_lost(page: Page, guard: Guard, draft: str) -> None:
    other = page.context.new_page()
    for each in (page, other):
        each.goto(f"{draft}/card")
        ready(each, "draft-form")
    other.locator("#f-summary").fill("From the other tab.")
    saved(other)
    expect(other.locator("#seen")).to_contain_text("From the other tab.")
    page.locator("#f-training").fill("On verse.")
    expect(page.locator("#f-summary")).to_have_value("From the other tab.")  # it comes along with the save
    other.locator("#f-summary").fill("Once more from there.")
    expect(other.locator("#seen")).to_contain_text("Once more from there.")
    page.locator("#f-summary").fill("From here.")
    conflict = page.locator(".conflict")
    expect(conflict).to_contain_text("Once more from there.")
    expect(conflict).to_contain_text("From here.")
    assert violations(page) == []
    shoot(page, "publish-conflict")
    conflict.get_by_role("button", name="Keep what is here").click()
    expect(page.locator("#seen")).to_contain_text("From here.")
    expect(conflict).to_have_count(0)
    # Without a connection it is kept in the browser, and sent by the next page.
    guard.expected = ("ERR_INTERNET_DISCONNECTED",)
    page.context.set_offline(True)
    page.locator("#f-training").fill("On verse, at sea.")
    expect(page.locator("[data-saved]").first).to_contain_text("kept in this browser")
    other.close()
    page.context.set_offline(False)
    page.reload()
    expect(page.locator("#f-training")).to_have_value("On verse, at sea.")
    saved(page)
    page.reload()
    expect(page.locator("#f-training")).to_have_value("On verse, at sea.")


def test_a_citrate_toml_and_a_link_without_any_script(page: Page, browser: Browser, market: Market, draft: str) -> None:
    page.goto(f"{draft}/citrate.toml")
    text = page.locator("#toml").input_value()
    assert 'name = "tiny-verse"' in text
    page.locator("#toml").fill(text.replace("tiny-verse", "tiny-song") + '\n[[plans]]\nkind = "pass"\nprise = "1"\n')
    page.get_by_role("button", name="Put it into the draft").click()
    expect(page.locator(".problems")).to_contain_text("Line")
    expect(page.locator(".problems")).to_contain_text("price")
    page.locator("#toml").fill(page.locator("#toml").input_value().replace("prise", "price"))
    page.get_by_role("button", name="Put it into the draft").click()
    page.wait_for_url(re.compile(f"{draft}/(name|files|card|price)"))
    expect(page.locator("#rail-title")).to_have_text("tiny-song")
    page.goto(f"{draft}/preview")
    page.get_by_role("button", name="Make a link to read it").click()
    shared = page.locator("a[href*='/sell/drafts/shared/']").get_attribute("href")
    assert shared
    with opened(browser, market.site, width=360, java_script_enabled=False) as (reader, _guard):
        reader.goto(shared)
        expect(reader.locator(".page-shown .title h2")).to_have_text("tiny-song")
        assert reader.locator("form[method=post]").count() == 0
    state = page.context.storage_state()
    with opened(browser, market.site, java_script_enabled=False, storage_state=state) as (plain, _guard):
        plain.goto(f"{draft}/card")
        plain.locator("#f-summary").fill("Written without a script.")
        plain.get_by_role("button", name="Save", exact=True).click()
        expect(plain.locator("#f-summary")).to_have_value("Written without a script.")
        expect(plain.locator("#seen")).to_contain_text("Written without a script.")
        plain.get_by_role("button", name="Go on: Price and access").click()
        plain.locator("#f-pass_price").fill("0.5")
        plain.get_by_role("button", name="Go on: Preview").click()
        expect(plain.locator(".page-shown")).to_contain_text("0.5")


def test_a_draft_is_deleted_and_brought_back_and_fits_fingers(
    page: Page, browser: Browser, market: Market, draft: str
) -> None:
    page.goto("/sell/drafts/")
    page.get_by_role("button", name="Delete the draft tiny-verse").click()
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    assert violations(page) == []
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(draft))
    state = page.context.storage_state()
    with opened(browser, market.site, width=360, storage_state=state) as (phone, _guard):
        for step in STEPS:
            phone.goto(f"{draft}/{step}")
            assert small_targets(phone) == [], step
            assert overflow(phone) <= 0, step
