"""What a visitor does in the browser beyond reading: search, move by keyboard, choose a theme, meet an error."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from .browsing import Guard, opened

pytestmark = [pytest.mark.xdist_group("visits"), pytest.mark.long(220)]
FIRST = ".ledger a.name >> nth=0"


def test_filter_updates_results_and_address_and_back_returns(page: Page) -> None:
    page.goto("/models")
    before = page.locator(FIRST).inner_text()
    page.get_by_role("checkbox", name="Re-ranking").check()
    expect(page).to_have_url(re.compile(r"task=text-ranking"))
    expect(page.get_by_role("status").first).to_contain_text("47")
    assert page.get_by_role("checkbox", name="Re-ranking").is_checked()
    page.go_back(wait_until="load")
    expect(page).to_have_url(re.compile(r"/models$"))
    expect(page.get_by_role("status").first).to_contain_text("2,882")
    expect(page.locator(FIRST)).to_have_text(before)


def test_a_filtered_address_is_a_whole_page(page: Page) -> None:
    page.goto("/models")
    page.get_by_role("checkbox", name="Re-ranking").check()
    expect(page).to_have_url(re.compile("task=text-ranking"))
    page.reload()
    expect(page.get_by_role("status").first).to_contain_text("47")
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()


def test_show_more_appends_without_repeating(page: Page) -> None:
    page.goto("/models")
    names = page.locator(".ledger a.name")
    first_page = names.all_inner_texts()
    page.get_by_role("link", name="Show more").click()
    expect(names).to_have_count(2 * len(first_page))
    assert len(set(names.all_inner_texts())) == 2 * len(first_page)


def test_keys_search_move_open_and_show_their_map(page: Page) -> None:
    page.goto("/models")
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("minilm j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"q=minilm\+j"))
    page.goto("/models?q=minilm")
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("k")
    expect(page.locator(FIRST)).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    name = page.locator(FIRST).inner_text()
    page.locator(FIRST).focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/models/{re.escape(name)}$"))
    page.keyboard.press("g")
    page.keyboard.press("h")
    expect(page).to_have_url(re.compile(r"://[^/]+/$"))


def test_single_keys_can_be_switched_off_and_stay_off(page: Page) -> None:
    page.goto("/keyboard")
    page.locator("main").get_by_label("Use single keys as shortcuts").uncheck()
    page.goto("/models")
    page.keyboard.press("/")
    expect(page.locator("#search")).not_to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_theme_is_kept_in_a_cookie_and_rendered_by_the_server(page: Page) -> None:
    page.goto("/")
    switch = page.locator("theme-switch button")
    switch.click()
    switch.click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    (cookie,) = [each for each in page.context.cookies() if each.get("name") == "theme"]
    assert (cookie.get("value"), cookie.get("sameSite")) == ("dark", "Lax")
    answer = page.reload()
    assert answer is not None
    assert 'data-theme="dark"' in answer.text()
    assert page.evaluate("() => getComputedStyle(document.body).colorScheme") == "dark"
    page.locator("theme-switch button").click()
    expect(page.locator("html")).not_to_have_attribute("data-theme", re.compile(".*"))
    assert page.context.cookies() == []


def test_a_lost_connection_is_told_with_a_way_out(page: Page, guard: Guard) -> None:
    guard.expected = ("htmx:error", "ERR_FAILED")
    page.goto("/models")
    page.route("**/models?*", lambda route: route.abort())
    page.get_by_role("checkbox", name="Re-ranking").check()
    toast = page.locator(".toast")
    expect(toast).to_contain_text("did not answer")
    expect(page.locator(FIRST)).to_be_visible()
    page.unroute("**/models?*")
    toast.get_by_role("link", name="Try again").click()
    expect(page).to_have_url(re.compile("task=text-ranking"))
    expect(page.get_by_role("status").first).to_contain_text("47")


@pytest.mark.parametrize("status", [503, 400])
def test_a_refusal_without_words_leaves_the_page_as_it_was(page: Page, guard: Guard, status: int) -> None:
    guard.expected = (f"{status}:",)

    def refuse(route: Route) -> None:
        route.fulfill(status=status, body="busy", content_type="text/plain")

    page.goto("/models")
    page.route("**/models?*", refuse)
    page.get_by_role("checkbox", name="Re-ranking").check()
    expect(page.locator(".toast")).to_contain_text("did not answer")
    expect(page.locator(FIRST)).to_be_visible()
    expect(page.locator("#catalogue")).not_to_contain_text("busy")


def test_an_error_fragment_of_the_server_becomes_a_toast(page: Page) -> None:
    page.goto("/models")
    more = page.get_by_role("link", name="Show more")
    more.evaluate("(link) => link.setAttribute('hx-get', '/models/nobody/nothing')")
    more.click()
    expect(page.locator(".toast")).to_contain_text("There is no model by that name")
    expect(more).to_be_visible()


def test_copy_puts_the_whole_value_on_the_clipboard_and_says_so(browser: Browser, site: str) -> None:
    with opened(browser, site, permissions=["clipboard-read", "clipboard-write"]) as (page, _):
        page.goto("/models/sentence-transformers/all-MiniLM-L6-v2")
        whole = page.locator(".copy code").get_attribute("title")
        page.get_by_role("button", name="Copy the revision").click()
        expect(page.get_by_role("status").filter(has_text="Copied.")).to_be_visible()
        assert page.evaluate("() => navigator.clipboard.readText()") == whole


def test_on_a_phone_the_menu_opens(browser: Browser, site: str) -> None:
    with opened(browser, site, width=360) as (page, _):
        page.goto("/models")
        expect(page.get_by_role("link", name="About", exact=True)).not_to_be_visible()
        page.get_by_role("button", name="Menu").click()
        expect(page.get_by_role("link", name="About", exact=True)).to_be_visible()


def test_on_a_phone_filters_are_a_sheet_that_counts_and_applies_nothing_before_it_is_told_to(
    browser: Browser, site: str
) -> None:
    with opened(browser, site, width=360) as (page, _):
        page.goto("/models")
        page.get_by_role("button", name="Filters").tap()
        sheet = page.get_by_role("dialog", name="Filters")
        expect(sheet).to_be_visible()
        box = sheet.bounding_box()
        assert box is not None
        assert box["y"] == 72
        sheet.get_by_role("checkbox", name="Re-ranking").tap()
        expect(page.locator("#found")).to_contain_text("47 models")
        expect(page).to_have_url(re.compile(r"/models$"))
        for _ in range(30):  # more than there are stops: the focus stays inside
            page.keyboard.press("Tab")
        assert page.evaluate("() => !document.activeElement.closest('.bar, .results, footer.foot')")
        page.go_back()
        expect(sheet).to_have_count(0)
        expect(page).to_have_url(re.compile(r"/models$"))
        expect(page.get_by_role("status").first).to_contain_text("2,882")
        page.get_by_role("button", name="Filters").tap()
        expect(page.get_by_role("checkbox", name="Re-ranking")).not_to_be_checked()
        page.get_by_role("checkbox", name="Re-ranking").tap()
        page.get_by_label("Parameters to").fill("100m")
        expect(page.locator("#found")).not_to_contain_text("47 models")
        page.keyboard.press("Escape")
        expect(sheet).to_have_count(0)
        page.get_by_role("button", name="Filters").tap()
        expect(page.get_by_label("Parameters to")).to_have_value("")
        page.get_by_role("slider", name="maximum").press("ArrowLeft")
        expect(page.get_by_label("Parameters to")).to_have_value("1t")
        page.get_by_role("slider", name="maximum").press("Home")
        expect(page.get_by_label("Parameters to")).to_have_value("1m")
        sheet.get_by_role("link", name="Clear all").tap()
        expect(page.get_by_label("Parameters to")).to_have_value("")
        page.get_by_role("checkbox", name="Re-ranking").tap()
        expect(page.locator("#found")).to_contain_text("47 models")
        page.get_by_role("button", name="Show them").tap()
        expect(page).to_have_url(re.compile("task=text-ranking$"))
        expect(sheet).to_have_count(0)
        expect(page.get_by_role("status").first).to_contain_text("47")
        expect(page.get_by_role("button", name="Filters 1")).to_be_visible()
        page.go_back(wait_until="load")
        expect(page).to_have_url(re.compile(r"/models$"))
        expect(page.get_by_role("status").first).to_contain_text("2,882")


def test_the_count_in_the_sheet_is_of_the_last_draft_whatever_the_answers_to_earlier_ones_do(
    browser: Browser, site: str
) -> None:
    with opened(browser, site, width=360) as (page, _):
        page.clock.install()
        page.goto("/models")
        page.get_by_role("button", name="Filters").tap()
        sheet = page.get_by_role("dialog", name="Filters")
        expect(sheet).to_be_visible()
        page.clock.pause_at(datetime.now(UTC) + timedelta(days=1))  # from here on a draft waits until it is told to go
        held: list[Route] = []
        page.route("**/models?*", lambda route: held.append(route), times=1)
        first = sheet.get_by_role("checkbox", name="Re-ranking")
        second = sheet.get_by_role("checkbox", name="Embeddings")
        with page.expect_request("**/models?*"):
            first.tap()
            page.clock.run_for(250)
        second.tap()  # its own question is still to come when the first one is answered
        page.clock.run_for(150)  # but the finger is off the screen
        held[0].continue_()
        expect(page.locator("#found")).to_contain_text("47 models")
        page.clock.run_for(250)
        expect(page.locator("#found")).not_to_contain_text("47 models")
        page.route("**/models?*", lambda route: held.append(route), times=1)
        with page.expect_request("**/models?*"):
            first.tap()
            page.clock.run_for(250)
        second.tap()
        first.tap()
        page.clock.run_for(250)  # and the one before is never answered
        expect(page.locator("#found")).to_contain_text("47 models")


def test_on_a_phone_what_is_ticked_is_counted_named_and_kept_over_pages(browser: Browser, site: str) -> None:
    with opened(browser, site, width=360) as (page, _):
        page.goto("/models?q=bge-m3&sort=name")
        names = page.locator(".ledger a.name")
        first = names.nth(0).inner_text()
        page.locator(".tick").nth(0).tap()
        tray = page.locator(".tray")
        expect(tray).to_contain_text("1 to compare, tick one more")
        page.goto("/models/sentence-transformers")
        second = page.locator(".ledger a.name").nth(1).inner_text()
        page.locator(".tick").nth(1).tap()
        expect(tray).to_contain_text("2 to compare")
        expect(tray).to_contain_text(first.partition("/")[2])
        page.get_by_role("button", name="Compare what is ticked").tap()
        expect(page).to_have_url(re.compile(r"/compare\?m="))
        for name in (first, second):
            expect(page.get_by_role("link", name=name).first).to_be_attached()
        page.goto("/models?q=bge-m3&sort=name")
        expect(page.locator(".tick input").nth(0)).to_be_checked()
        page.get_by_role("button", name="Clear", exact=True).tap()
        expect(tray).not_to_be_visible()
        expect(page.locator(".tick input").nth(0)).not_to_be_checked()


@pytest.mark.parametrize(("width", "most"), [(1440, 52), (1024, 52), (360, 64)])
def test_rows_are_low_and_columns_stay_where_they_are(browser: Browser, site: str, width: int, most: int) -> None:
    with opened(browser, site, width=width) as (page, _):
        lefts = []
        for address in ("/models", "/models?q=opensearch+neural+sparse", "/models?task=images&sort=name"):
            page.goto(address)
            page.evaluate("() => document.fonts.ready.then(() => true)")
            page.mouse.move(0, 0)
            heights = page.locator("tbody tr:has(a.name)").evaluate_all(
                "(all) => all.filter((row) => row.querySelector('a.name').offsetHeight <= 22)"
                ".map((row) => row.getBoundingClientRect().height)"
            )
            assert heights
            assert max(heights) <= most + 0.5
            summaries = page.locator(".model-rows .sum").all_text_contents()
            assert all(len(text) <= 52 for text in summaries)
            lefts.append(
                page.locator(".model-rows thead th").evaluate_all(
                    "(all) => all.map((each) => each.getBoundingClientRect().left)"
                )
            )
        assert lefts[0] == lefts[1] == lefts[2]


@pytest.mark.parametrize("path", ["/", "/models", "/models/sentence-transformers/all-MiniLM-L6-v2"])
def test_targets_on_a_phone_are_44_pixels(browser: Browser, site: str, path: str) -> None:
    """Links inside sentences and tables are exempt (WCAG 2.5.8); everything that stands alone is not."""
    with opened(browser, site, width=360) as (page, _):
        page.goto(path)
        small = page.locator(
            "button:visible, .btn:visible, .foot a:visible, a.tag:visible, select:visible, .choice:visible"
        ).evaluate_all(
            "(all) => all.filter((each) => each.getBoundingClientRect().height < 43.5).map((each) => each.outerHTML)"
        )
        assert small == []
