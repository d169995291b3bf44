"""A proposal is written in the browser, tried while one types, co-signed by another, and put on chain."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from .browsing import COLOUR_RULES, Guard, opened, overflow, shoot, small_targets, violations
from .market import Market, ready
from .test_voting import key_of
from .wallet import TestWallet

pytestmark = [pytest.mark.xdist_group("owning"), pytest.mark.long(60)]
AUTHOR, COSIGNER = 33, 3  # of anvil's accounts: with votes, and without a proposal that is voted on


@pytest.fixture(scope="module")
def site(market: Market) -> str:
    """The market's."""
    return market.site


def sign_in(page: Page, address: str) -> None:
    page.goto(f"/sign-in?next={address}")
    page.get_by_role("button", name="Test wallet").click()
    page.wait_for_url(f"**{address}")


def saved(page: Page) -> None:
    """Wait until what was typed is kept, and tried."""
    expect(page.locator("#checks")).to_contain_text("Trial run")


def test_a_draft_is_written_co_signed_and_proposed(page: Page, guard: Guard, browser: Browser, market: Market) -> None:
    TestWallet(page, market.node, key_of(AUTHOR))
    sign_in(page, "/dao/drafts/new")
    page.get_by_role("button", name="Change a number").click()
    page.wait_for_url(re.compile(r"/dao/drafts/[0-9a-f]{24}$"))
    ready(page, "draft-editor")
    page.locator("#title").fill("Raise the protocol fee to 2.2 %")
    page.locator("#id_a0-value").fill("7")
    expect(page.locator("#effect-0")).to_contain_text("outside the bounds in the contract")
    # The slider fills the field, by keyboard as well.
    page.locator("value-slider input").focus()
    page.keyboard.press("Home")
    expect(page.locator("#id_a0-value")).to_have_value("0")
    page.locator("#id_a0-value").fill("2.2")
    expect(page.locator("#effect-0")).to_contain_text("Set the protocol fee from 2")
    expect(page.locator("#preview")).to_contain_text("Raise the protocol fee")
    # What is taken off comes back, and what is added goes up and down by keys alone.
    page.get_by_role("button", name="Take off: Protocol fee").click()
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#id_a0-value")).to_be_focused()
    expect(page.locator("#id_a0-value")).to_have_value("2.2")
    # What is pressed while a save is on its way has its turn after it.
    held: list[Route] = []
    page.route("**/save", lambda route: held.append(route), times=1)
    with page.expect_request("**/save"):
        page.locator("#title").fill("Raise the protocol fee to 2.2 %, and more")
    page.locator("#kind").select_option("pause")
    page.get_by_role("button", name="Add", exact=True).click()
    held[0].continue_()
    expect(page.locator("#id_a1-what")).to_be_focused()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("#action-0")).to_contain_text("End or lengthen a pause")
    expect(page.locator("#action-0 [data-down]")).to_be_focused()
    page.get_by_role("button", name="Take off: End or lengthen a pause").click()
    expect(page.locator("#action-1")).to_have_count(0)
    # A save that waited for that turn keeps what it brought.
    page.route("**/save", lambda route: held.append(route), times=1)
    with page.expect_request("**/save"):
        page.get_by_role("button", name="Undo").click()
    page.locator("#title").fill("Raise the protocol fee to 2.2 %, and more still")
    with page.expect_request_finished(lambda request: "more+still" in (request.post_data or "")):
        page.get_by_role("button", name="Save", exact=True).click()
        held[1].continue_()
    page.reload()
    ready(page, "draft-editor")
    page.get_by_role("button", name="Take off: End or lengthen a pause").click()
    expect(page.locator("#action-1")).to_have_count(0)
    expect(page.locator("#checks")).to_contain_text("5 of 5")
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, COLOUR_RULES) == []
    shoot(page, "draft-editor")
    page.set_viewport_size({"width": 360, "height": 800})
    assert overflow(page) <= 0
    page.set_viewport_size({"width": 1440, "height": 900})

    page.locator("#share select").select_option(label="whoever has the link")
    page.locator("#share").get_by_role("button", name="Set").click()
    expect(page.get_by_role("button", name="Copy the link")).to_be_visible()
    address = page.url.partition("#")[0]
    with opened(browser, market.site, width=360) as (other, _):
        TestWallet(other, market.node, key_of(COSIGNER))
        sign_in(other, address.removeprefix(market.site))
        ready(other, "seller-desk")
        expect(other.locator("#effect-0")).to_contain_text("Set the protocol fee from 2")
        other.get_by_role("button", name="Co-sign", exact=True).click()
        expect(other.locator("#standing")).to_contain_text("You have co-signed this text.")
        assert violations(other) == []
        assert small_targets(other) == []
        assert overflow(other) <= 0
        shoot(other, "draft-phone")

    page.goto(address)
    ready(page, "seller-desk")
    saved(page)
    expect(page.locator("#signed")).to_contain_text("0x90F7")
    page.get_by_role("button", name="Propose it").click()
    # What was the editor becomes the page on which it is read: nothing is left to be written.
    expect(page.locator("#standing")).to_contain_text("Proposed as No.")
    expect(page).to_have_url(re.compile(f"{address}$"))
    page.goto("/dao/drafts")
    page.get_by_role("link", name="Raise the protocol fee").click()
    expect(page.locator("#standing")).to_contain_text("Proposed as No.")


def test_what_is_typed_while_an_answer_is_awaited_is_kept(page: Page, guard: Guard, market: Market) -> None:
    TestWallet(page, market.node, key_of(AUTHOR))
    sign_in(page, "/dao/drafts/new")
    page.get_by_role("button", name="Change a number").click()
    page.wait_for_url(re.compile(r"/dao/drafts/[0-9a-f]{24}$"))
    ready(page, "draft-editor")
    page.locator("#id_a0-value").fill("1")
    expect(page.locator("#draft-saved")).to_contain_text("Saved")
    held: list[Route] = []
    page.route("**/save", lambda route: held.append(route), times=1)
    page.locator("#kind").select_option("pause")
    with page.expect_request("**/save"):
        page.get_by_role("button", name="Add", exact=True).click()
    page.locator("#id_a0-value").fill("2.25")
    held[0].continue_()
    expect(page.locator("#id_a1-what")).to_be_visible()
    expect(page.locator("#id_a0-value")).to_have_value("2.25")
    expect(page.locator("#id_a0-value")).to_be_focused()  # whoever types goes on
    expect(page.locator("#effect-0")).to_contain_text("Set the protocol fee from 2")
    # Where the action changes its place meanwhile, what is typed goes along.
    page.route("**/save", lambda route: held.append(route), times=1)
    with page.expect_request("**/save"):
        page.locator("#action-0 [data-down]").click()
    page.locator("#id_a0-value").fill("2.4")
    held[1].continue_()
    expect(page.locator("#action-0")).to_contain_text("End or lengthen a pause")
    expect(page.locator("#id_a1-value")).to_have_value("2.4")
    with page.expect_response(lambda answer: answer.url.endswith("/save") and answer.ok):
        page.get_by_role("button", name="Save", exact=True).click()
    page.reload()
    expect(page.locator("#id_a1-value")).to_have_value("2.4")
