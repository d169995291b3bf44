"""Searching in the browser: while typing, by keyboard, by filters; asking why, comparing, following by feed."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from .browsing import COLOUR_RULES, opened, overflow, shoot, violations

pytestmark = [pytest.mark.xdist_group("pages"), pytest.mark.long(220)]
NAMES = ".ledger a.name"
PAGES = {
    "search": "/models?q=mistrl+nemo+license:unknown",
    "search-none": "/models?q=bge+license:gemma+params:%3C1m",
    "compare": "/compare?m=BAAI/bge-m3&m=intfloat/e5-base&m=openai/whisper-tiny",
    "why": "/models/BAAI/bge-m3/why?q=german+embeddings+license:apache-2.0",
}


@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("name", PAGES)
def test_its_pages_fit_and_are_accessible(browser: Browser, site: str, name: str, width: int) -> None:
    with opened(browser, site, width=width, color_scheme="light") as (page, _):
        page.goto(PAGES[name])
        page.evaluate("() => document.fonts.ready.then(() => true)")
        shoot(page, f"{name}-light-{width}")
        assert overflow(page) <= 0
        assert violations(page) == []
        page.emulate_media(color_scheme="dark")
        shoot(page, f"{name}-dark-{width}")
        assert violations(page, COLOUR_RULES) == []


def test_results_follow_what_is_typed_and_back_leads_out(page: Page) -> None:
    page.goto("/about")
    page.goto("/models")
    page.keyboard.press("/")
    page.keyboard.type("jina-reranker-v3", delay=30)
    expect(page.locator(NAMES).first).to_contain_text("jina-reranker-v3")
    expect(page).to_have_url(re.compile(r"/models\?q=jina-reranker-v3$"))
    expect(page.locator("#search")).to_be_focused()
    page.go_back(wait_until="load")
    expect(page).to_have_url(re.compile("/about$"))


def test_enter_asks_once_and_back_leads_to_the_page_before_however_slow_the_answer_is(page: Page) -> None:
    page.clock.install()
    page.goto("/models")
    page.clock.pause_at(datetime.now(UTC) + timedelta(days=1))
    held: list[Route] = []
    page.route("**/models?*", lambda route: held.append(route), times=1)
    page.locator("#search").fill("jina-reranker-v3")
    with page.expect_request("**/models?*"):
        page.keyboard.press("Enter")
    page.clock.run_for(1000)  # longer than typing waits for a pause
    held[0].continue_()
    expect(page).to_have_url(re.compile(r"/models\?q=jina-reranker-v3"))
    page.clock.resume()
    page.go_back(wait_until="load")
    expect(page).to_have_url(re.compile("/models$"))


def test_typed_filters_tick_their_boxes_and_a_chip_takes_them_out(page: Page) -> None:
    page.goto("/models")
    page.keyboard.press("/")
    page.keyboard.type("task:text-ranking lang:jpn", delay=10)
    box = page.get_by_role("checkbox", name="Re-ranking")
    expect(box).to_be_checked()
    expect(box).to_be_disabled()
    page.get_by_role("link", name="Japanese remove").click()
    expect(page).to_have_url(re.compile(r"task=text-ranking$"))
    expect(page.get_by_role("status").first).to_contain_text("47")


def test_a_range_narrows(page: Page) -> None:
    page.goto("/models?task=text-ranking")
    page.get_by_label("Parameters to").fill("100m")
    page.keyboard.press("Tab")
    expect(page).to_have_url(re.compile("params=..100000000"))
    expect(page.get_by_role("link", name=re.compile("Parameters: ≤ 100 M"))).to_be_visible()


def test_a_result_is_asked_why_and_two_are_compared_by_keyboard_alone(page: Page) -> None:
    page.goto("/models?q=bge-m3")
    page.get_by_role("link", name="Why here?").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".why").first).to_contain_text("Result 1 of")
    for place in (0, 1):
        page.get_by_role("checkbox", name=re.compile("^Compare ")).nth(place).focus()
        page.keyboard.press("Space")
    page.get_by_role("button", name="Compare what is ticked").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/compare\?m=BAAI%2Fbge-m3&m="))
    expect(page.locator(".compare thead a.break")).to_have_count(2)
    # A name stands over its own figures: another topic's class once took the row out of the table.
    begins = "rows => rows.map(each => Math.round(each.getBoundingClientRect().x))"
    names, prices = (page.locator(f".compare .{row} > *").evaluate_all(begins) for row in ("who", "price-row"))
    assert names == prices


def test_why_here_answers_also_where_an_id_has_four_digits(page: Page) -> None:
    page.goto("/models?q=vit")
    links = page.locator("a[hx-target^='#why-']")
    targets = [each.get_attribute("hx-target") or "" for each in links.all()]
    large = next(each for each in targets if len(each) >= len("#why-1000"))
    page.locator(f"a[hx-target='{large}']").click()
    expect(page.locator(".why").first).to_contain_text("Result ")


@pytest.mark.parametrize("q", ["japanese text embedding", "cheap chat model under 1b", ""])
def test_a_list_on_a_phone_begins_within_120_pixels(browser: Browser, site: str, q: str) -> None:
    with opened(browser, site, width=360) as (page, _):
        page.goto(f"/models?q={q}")
        bar, first = (page.locator(each).first.bounding_box() for each in ("header.bar", ".model-rows tbody"))
        assert bar is not None
        assert first is not None
        assert first["y"] - bar["y"] - bar["height"] <= 120
        expect(page.get_by_text("Why here?").first).not_to_be_visible()
        assert overflow(page) <= 0


def test_a_slip_is_asked_about_and_a_feed_is_named(page: Page) -> None:
    page.goto("/models?q=mistrl+nemo")
    page.get_by_role("link", name="mistral nemo").click()
    expect(page).to_have_url(re.compile(r"q=mistral%20nemo$|q=mistral\+nemo$"))
    feed = page.locator("link[type='application/atom+xml']").get_attribute("href")
    assert feed is not None
    assert page.request.get(feed).ok
