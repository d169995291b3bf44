"""Suggestions under the search fields, and the command palette: by keyboard, with an input method, on a phone."""

import re

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from .browsing import opened, overflow, shoot, violations

pytestmark = [pytest.mark.xdist_group("visits"), pytest.mark.long(220)]
OPTIONS = "#search-suggestions [role=option]"
COMPOSE = """(input) => {
  input.value = "minilm";
  input.dispatchEvent(new InputEvent("input", { bubbles: true, isComposing: true }));
}"""

# Before its list has come: whoever waits presses again.
ASKED_TWICE = """() => {
  const press = () => new KeyboardEvent("keydown", { key: "k", ctrlKey: true, bubbles: true });
  document.dispatchEvent(press());
  document.dispatchEvent(press());
}"""


def active(page: Page) -> str:
    """Return the text of the active option of the field that has the focus, as one line."""
    name = page.evaluate("() => document.activeElement.getAttribute('aria-activedescendant')")
    return " ".join(page.locator(f"[id='{name}']").inner_text().split()) if name else ""


def test_suggestions_say_their_kind_and_are_walked_by_keyboard(page: Page) -> None:
    page.goto("/about")
    field = page.get_by_role("combobox", name="Search models")
    page.locator("#search").focus()
    page.keyboard.type("japanes", delay=20)
    expect(page.get_by_role("option", name="Japanese Language")).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    assert violations(page) == []
    shoot(page, "suggestions-1440")
    page.keyboard.press("ArrowDown")
    assert active(page) == "Japanese Language"
    page.keyboard.press("ArrowUp")
    assert active(page) == ""
    page.keyboard.press("Escape")
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(field).to_have_value("japanes")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", name="Japanese Language")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/models\?language=jpn$"))


def test_an_old_answer_never_takes_the_place_of_a_new_one(page: Page) -> None:
    held: list[Route] = []
    page.route("**/search/suggestions?q=minil", lambda route: held.append(route))
    page.goto("/about")
    page.locator("#search").focus()
    with page.expect_request("**/search/suggestions?q=minil"):
        page.keyboard.type("minil")
    page.locator("#search").fill("apache")
    expect(page.locator(OPTIONS).first).to_contain_text("Apache-2.0")
    for route in held:
        route.continue_()
    page.wait_for_load_state("networkidle")
    expect(page.locator(OPTIONS).first).to_contain_text("Apache-2.0")


def test_signs_that_are_being_put_together_are_not_looked_for(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "suggestions?" in request.url else None)
    page.goto("/about")
    field = page.locator("#search")
    field.focus()
    field.evaluate(COMPOSE)
    page.keyboard.press("Tab")
    page.wait_for_load_state("networkidle")
    assert asked == []
    field.focus()
    field.evaluate("(input) => input.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true }))")
    expect(page.locator(OPTIONS).first).to_contain_text("MiniLM")


def test_the_palette_finds_pages_models_and_actions_by_keyboard(page: Page) -> None:
    page.goto("/about")
    assert page.locator("#palette").count() == 0
    page.evaluate(ASKED_TWICE)
    expect(page.locator("#palette")).to_have_count(1)
    palette = page.get_by_role("dialog", name="Commands")
    expect(palette.get_by_role("combobox")).to_be_focused()
    assert active(page) == "Home g h"
    assert violations(page) == []
    shoot(page, "palette-1440")
    page.keyboard.press("End")
    assert active(page).startswith("Keyboard shortcuts")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    assert active(page) == "All models g m"
    page.keyboard.type("bge-m3", delay=20)
    expect(palette.get_by_role("option", name="BAAI/bge-m3 Model", exact=True)).to_be_visible()
    assert active(page) == "Search all models for bge-m3"
    page.keyboard.press("ArrowDown")
    assert active(page) == "BAAI/bge-m3 Model"
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/models/BAAI/bge-m3$"))
    page.keyboard.press("Control+k")
    expect(palette.get_by_role("group", name="Recent").get_by_role("option", name="BAAI/bge-m3")).to_be_visible()
    page.keyboard.type("dark")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    expect(palette).to_be_hidden()


def held(page: Page) -> list[Route]:
    """Hold back the list of the palette, as a slow line does; return what waits."""
    waiting: list[Route] = []
    page.route("**/commands", lambda route: waiting.append(route))
    return waiting


def asked_for(page: Page) -> None:
    """Ask for the palette, and wait until its list is asked for."""
    with page.expect_request("**/commands"):
        page.keyboard.press("Control+k")


def test_what_is_typed_before_the_palette_is_there_is_in_it(page: Page) -> None:
    page.goto("/about")
    waiting = held(page)
    page.get_by_role("link", name="Models", exact=True).first.focus()
    asked_for(page)
    page.keyboard.type("g mx")  # by itself a way to another page
    page.keyboard.press("Control+k")  # once more, as nothing seems to happen
    page.keyboard.press("Backspace")
    assert violations(page) == []
    assert page.locator("#palette").count() == 0
    waiting[0].continue_()
    field = page.get_by_role("dialog", name="Commands").get_by_role("combobox")
    expect(field).to_be_focused()
    expect(field).to_have_value("g m")
    page.keyboard.type("!")
    expect(field).to_have_value("g m!")
    assert (len(waiting), page.locator("#palette").count()) == (1, 1)
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Models", exact=True).first).to_be_focused()
    expect(page).to_have_url(re.compile("/about$"))


def test_enter_before_the_palette_is_there_does_what_was_typed_and_escape_leaves_it(page: Page) -> None:
    page.goto("/about")
    waiting = held(page)
    asked_for(page)
    page.keyboard.type("dark")
    page.keyboard.press("Enter")
    waiting[0].continue_()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.goto("/about")
    asked_for(page)
    page.keyboard.type("dark")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type("key")
    waiting[1].continue_()
    expect(page.get_by_role("dialog", name="Commands").get_by_role("combobox")).to_have_value("key")


def test_nothing_found_leads_to_the_search(page: Page) -> None:
    page.goto("/about")
    page.get_by_role("button", name="Commands").click()
    expect(page.get_by_role("dialog", name="Commands").get_by_role("combobox")).to_be_focused()
    page.keyboard.type("zzqqx")
    expect(page.get_by_text("No page, action or model has a name like this.")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/models\?q=zzqqx$"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_the_palette_is_a_sheet_behind_the_menu(browser: Browser, site: str, theme: str) -> None:
    with opened(browser, site, width=360, color_scheme=theme) as (page, _):
        page.goto("/about")
        page.get_by_role("button", name="Menu").click()
        expect(page.get_by_role("link", name="Connect wallet")).to_be_visible()
        shoot(page, f"menu-{theme}-360")
        assert violations(page) == []
        page.get_by_role("button", name="Commands").click()
        palette = page.get_by_role("dialog", name="Commands")
        box = palette.bounding_box()
        assert box is not None
        assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 360, 780)
        assert violations(page) == []
        assert overflow(page) <= 0
        shoot(page, f"palette-{theme}-360")
        palette.get_by_role("button", name="Close").click()
        expect(palette).to_be_hidden()
