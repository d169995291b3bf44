"""A search is saved in the browser, and every page tells what has come into it since."""

import psycopg
import pytest
from playwright.sync_api import Page, expect

from .browsing import overflow, shoot, violations
from .test_sign_in import connect, node, open_menu, signed_in, wallet  # noqa: F401  fixtures
from .wallet import TestWallet

pytestmark = [pytest.mark.xdist_group("visits"), pytest.mark.long(220)]
EARLIER = "update marketplace_savedsearch set seen_at = seen_at - interval '40 years'"


@pytest.mark.parametrize("width", [1440, 360])
def test_a_saved_search_tells_what_is_new_until_it_is_opened(
    page: Page,
    wallet: TestWallet,  # noqa: F811
    catalogue: str,
    width: int,
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/models?q=german+license:mit")
    connect(page)
    signed_in(page, wallet.address)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Nothing new since you looked.")).to_be_visible()
    expect(page.locator("#saved-news")).to_be_empty()
    with psycopg.connect(catalogue, autocommit=True) as database:
        database.execute(EARLIER)
    page.reload()
    expect(page.locator("#saved-news")).to_have_text("20+ new")
    assert overflow(page) <= 0
    assert violations(page) == []
    open_menu(page)
    page.get_by_role("button", name="Your account").last.click()
    shoot(page, f"saved-{width}")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")  # on a phone the menu behind it
    page.get_by_role("button", name="20+ new").click()
    expect(page.locator(".ledger a.name").first).to_be_visible()
    expect(page.locator("#saved-news")).to_be_empty()
    page.goto("/account/searches")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No saved searches yet")).to_be_visible()
