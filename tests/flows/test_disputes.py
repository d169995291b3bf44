"""A dispute on a phone: the buyer opens it, the seller answers with files, and nothing that was written is lost."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pytest
from eth_account import Account as Keys
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, expect

from .browsing import opened, overflow, shoot, split_words, violations
from .market import Market, order, pay, ready, stands
from .wallet import TestWallet

pytestmark = [pytest.mark.xdist_group("owning"), pytest.mark.long(350)]
Keys.enable_unaudited_hdwallet_features()
SELLER = 5  # of anvil's accounts
MODEL = "/models/plain-words/short-summary"
PHONE = 360
TEXT = "It sums up what it is given, and the card says so."
SMALL = """() =>
  [...document.querySelectorAll("#dispute :is(button, .btn, summary, input:not([type=hidden]), textarea)")]
  .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 44)
  .map((each) => each.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def site(market: Market) -> str:
    """The market's."""
    return market.site


@pytest.fixture
def context_options() -> dict[str, Any]:
    """A phone."""
    return {"width": PHONE}


@pytest.fixture
def seller(browser: Browser, site: str, market: Market) -> Iterator[Page]:
    """The seller's phone."""
    key = Keys.from_mnemonic("test " * 11 + "junk", account_path=f"m/44'/60'/0'/0/{SELLER}")
    with opened(browser, site, width=PHONE) as (page, _):
        TestWallet(page, market.node, key)
        page.goto("/sign-in?next=/disputes/")
        page.get_by_role("button", name="Test wallet").click()
        expect(page.get_by_role("heading", name="Disputes", exact=True)).to_be_visible()
        yield page


def dispute(page: Page) -> None:
    """Buy the model, dispute it, and go to the dispute's page."""
    page.goto(MODEL)
    order(page)
    pay(page)
    stands(page, "It is yours")
    page.get_by_text("Open a dispute instead").click()
    page.get_by_label("What is wrong").fill("It answers in another language than its card says.")
    page.get_by_role("button", name="Open the dispute").click()
    stands(page, "A moderator will rule")
    page.get_by_role("link", name="View the dispute").click()
    stands(page, "The seller has not answered yet")


def a_file(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def a_picture() -> bytes:
    saved = BytesIO()
    Image.effect_noise((600, 400), 60).save(saved, "PNG")
    return saved.getvalue()


def fits(page: Page, name: str) -> None:
    """Look at the page in both themes."""
    assert violations(page) == []
    assert overflow(page) <= 0
    assert split_words(page) == []
    assert page.evaluate(SMALL) == []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        shoot(page, f"{name}-{scheme}")


def test_a_dispute_is_answered_with_files_from_a_phone(page: Page, wallet: TestWallet, seller: Page) -> None:
    dispute(page)
    fits(page, "dispute-buyer")
    seller.reload()
    assert overflow(seller) <= 0
    seller.locator(f'#disputes a.name[href="{urlsplit(page.url).path}"]').click()
    stands(seller, "Your answer is due")
    ready(seller, "dispute-files")
    seller.get_by_role("textbox", name="Message").fill(TEXT)
    files = seller.get_by_label("Attach files")
    log = a_file("run.log", b"10:04 asked\n")
    files.set_input_files([a_file("shot.png", a_picture()), a_file("page.png", b"<html>"), log])
    waiting = seller.get_by_role("list", name="Files that go with it")
    expect(waiting).to_contain_text("shot.png")
    expect(waiting).to_contain_text("run.log.txt")
    refused = seller.get_by_role("listitem").filter(has=seller.get_by_role("alert").filter(has_text="page.png"))
    expect(refused).to_contain_text("cannot be read as an image")
    fits(seller, "dispute-answering")
    refused.get_by_role("button", name="Take off").click()
    expect(refused).to_have_count(0)
    waiting.get_by_role("button", name="Take off run.log.txt").click()
    expect(waiting).not_to_contain_text("run.log.txt")
    expect(seller.get_by_role("textbox", name="Message")).to_have_value(TEXT)
    seller.get_by_text("Call records of this purchase").click()
    expect(seller.locator("#call-records")).to_contain_text("No call was made with this purchase")
    seller.get_by_role("button", name="Send your answer").click()
    stands(seller, "Waiting for a ruling")
    expect(seller.get_by_role("textbox", name="Message")).to_have_value("")
    expect(seller.locator("#waiting")).to_be_hidden()
    page.reload()
    expect(page.get_by_text(TEXT)).to_be_visible()
    page.locator("summary", has_text="shot.png").click()
    expect(page.get_by_role("img", name="shot.png")).to_have_js_property("naturalWidth", 600)
    fits(page, "dispute-answered")


def test_what_is_written_stays_when_an_upload_breaks_off(page: Page, wallet: TestWallet) -> None:
    dispute(page)
    ready(page, "dispute-files")
    page.get_by_role("textbox", name="Message").fill(TEXT)
    page.route(re.compile(r"/say$"), lambda route: route.abort())
    page.get_by_label("Attach files").set_input_files([a_file("run.log", b"10:04 asked\n")])
    expect(page.get_by_role("alert").filter(has_text="run.log")).to_contain_text("The connection was lost")
    expect(page.get_by_role("textbox", name="Message")).to_have_value(TEXT)
    page.unroute(re.compile(r"/say$"))
    page.reload()  # as after a session that has ended
    ready(page, "dispute-files")
    expect(page.get_by_role("textbox", name="Message")).to_have_value(TEXT)
    page.get_by_label("Attach files").set_input_files([a_file("run.log", b"10:04 asked\n")])
    expect(page.get_by_role("list", name="Files that go with it")).to_contain_text("run.log.txt")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".exchange")).to_contain_text(TEXT)
    expect(page.locator(".exchange")).to_contain_text("run.log.txt")
