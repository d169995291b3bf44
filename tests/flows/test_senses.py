"""Models beyond text in the browser, on all that `make demo` starts: a picture is told, a text is read aloud."""

import base64
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from inference.sense_kinds import small_picture

from .browsing import COLOUR_RULES, opened, overflow, shoot, small_targets, unreached, violations
from .stack_demo import StackDemo

pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.long(90)]
PATIENCE = 120_000  # ms: an engine wakes up first
PICTURE = FilePayload(name="square.png", mimeType="image/png", buffer=base64.b64decode(small_picture()))


@pytest.fixture
def page(browser: Browser, demo: StackDemo) -> Iterator[Page]:
    """An empty page of the demo, as on a phone."""
    with opened(browser, demo.url, width=360) as (page, _):
        yield page


def looks_right(page: Page, name: str) -> None:
    shoot(page, f"{name}-light")
    assert overflow(page) <= 0
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    shoot(page, f"{name}-dark")
    assert violations(page, COLOUR_RULES) == []
    page.emulate_media(color_scheme="light")


def test_a_picture_is_told_in_bars_and_a_text_is_read_aloud(page: Page) -> None:
    page.goto("/try/open-senses/what-is-it")
    page.get_by_label("A picture").set_input_files(PICTURE)
    expect(page.get_by_role("img", name="The picture that you chose")).to_be_visible()
    page.get_by_role("button", name="Run it").press("Enter")
    answer = page.locator("#answer")
    expect(answer.get_by_role("progressbar")).to_have_count(5, timeout=PATIENCE)
    expect(answer.get_by_role("rowheader")).to_have_count(5)
    expect(answer).to_be_focused()
    # What was chosen is still there, so that it can be asked about again.
    expect(page.get_by_role("img", name="The picture that you chose")).to_be_visible()
    assert page.get_by_label("A picture").evaluate("each => each.files[0].name") == PICTURE["name"]
    looks_right(page, "senses-picture")
    assert small_targets(page) == []
    assert unreached(page) == []
    page.goto("/try/open-senses/read-aloud")
    page.get_by_label("A text").fill("The meeting moves to Monday at ten.")
    page.get_by_role("button", name="Run it").press("Enter")
    sound = answer.locator("audio")
    expect(sound).to_be_visible(timeout=PATIENCE)
    assert sound.evaluate("each => each.play().then(() => each.duration)") > 1
    looks_right(page, "senses-voice")


def test_what_is_no_picture_is_said_and_stays_chosen(page: Page) -> None:
    page.goto("/try/open-senses/what-is-it")
    broken = FilePayload(name="broken.png", mimeType="image/png", buffer=b"no picture at all")
    page.get_by_label("A picture").set_input_files(broken)
    expect(page.get_by_text("The browser cannot read that file.")).to_be_visible()
    page.get_by_role("button", name="Run it").press("Enter")
    said = page.get_by_role("alert").filter(has_text="That is no picture that can be read here")
    expect(said).to_be_focused(timeout=PATIENCE)
    assert page.get_by_label("A picture").evaluate("each => each.files[0].name") == "broken.png"


def test_the_same_by_a_plain_form(browser: Browser, demo: StackDemo) -> None:
    with opened(browser, demo.url, java_script_enabled=False) as (page, _):
        page.goto("/try/open-senses/what-is-it")
        page.get_by_label("A picture").set_input_files(PICTURE)
        page.get_by_role("button", name="Run it").click()
        while not page.get_by_role("progressbar").count():
            with page.expect_navigation():  # else it would be looked for on a page that is going
                page.get_by_role("link", name="See whether it is there").click()
        expect(page.get_by_role("rowheader")).to_have_count(5)
