"""People say who they are, ask for their data, and leave; and nothing that they write ever runs."""

from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from tests import xss

from .browsing import COLOUR_RULES, opened, overflow, shoot, small_targets, violations
from .test_sign_in import connect, node, open_menu, signed_in, wallet  # noqa: F401  fixtures
from .wallet import TestWallet

pytestmark = [pytest.mark.xdist_group("visits"), pytest.mark.long(220)]
BIO = "I make *small* models.\n\n- for phones\n- for [clocks](https://example.org/clocks)"
WRITE = """insert into marketplace_profile (address, name, bio, links, changed_at)
  values (%s, %s, %s, %s, now())"""


def looks_right(page: Page, name: str) -> None:
    """The page has no fault that axe, a phone or the dark shows."""
    assert page.locator("h1").count() == 1
    for width in (1440, 360):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme="light")
        shoot(page, f"{name}-light-{width}")
        assert overflow(page) <= 0
        assert violations(page) == []
        page.emulate_media(color_scheme="dark")
        shoot(page, f"{name}-dark-{width}")
        assert violations(page, COLOUR_RULES) == []
    assert small_targets(page) == []
    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(color_scheme="light")


def test_a_profile_is_written_by_keyboard_previewed_and_read(page: Page, wallet: TestWallet) -> None:  # noqa: F811
    page.goto("/terms")
    connect(page)
    signed_in(page, wallet.address)
    page.goto("/account/profile")
    page.get_by_label("Name").focus()
    page.keyboard.type("Ada L.")
    page.keyboard.press("Tab")
    page.keyboard.type(BIO)
    page.keyboard.press("Tab")
    page.keyboard.type("https://example.org/ada")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # Preview
    expect(page.locator("#profile-form .prose em")).to_have_text("small")
    expect(page.get_by_label("Name")).to_have_value("Ada L.")
    looks_right(page, "profile")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ada L.")
    expect(page.get_by_text("Nobody has proved it")).to_be_visible()
    expect(page.get_by_role("link", name="example.org/ada")).to_have_attribute("rel", "nofollow ugc noopener me")
    looks_right(page, "person")
    page.goto("/account/profile")
    page.get_by_label("Name").fill("Moderator")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("could be taken for Moderator")).to_be_visible()
    assert violations(page) == []


def test_data_and_erasing(page: Page, wallet: TestWallet, catalogue: str) -> None:  # noqa: F811
    page.goto("/about")
    connect(page)
    signed_in(page, wallet.address)
    page.goto("/account/data")
    page.get_by_role("button", name="Collect my data").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    looks_right(page, "data")
    page.goto("/account/erase")
    page.get_by_role("button", name="Erase my data in 24 hours").click()
    expect(page.get_by_text("Until then you can change your mind.")).to_be_visible()
    looks_right(page, "erase")
    page.get_by_role("button", name="Keep my data").click()
    expect(page.get_by_role("button", name="Erase my data in 24 hours")).to_be_visible()


def test_who_has_not_accepted_the_terms_is_asked_and_signs(
    page: Page,
    wallet: TestWallet,  # noqa: F811
    catalogue: str,
) -> None:
    page.goto("/about")
    connect(page)
    signed_in(page, wallet.address)
    with psycopg.connect(catalogue, autocommit=True) as database:
        database.execute("update accounts_user set accepted = 'terms 0'")
        database.execute("delete from accounts_acceptance")
    page.goto("/models")
    expect(page.get_by_text("The terms have changed since you accepted them.")).to_be_visible()
    assert violations(page) == []
    page.goto("/account/searches")
    expect(page.get_by_role("heading", level=1)).to_have_text("The terms have changed")
    looks_right(page, "accept-terms")
    page.locator("main").get_by_role("button", name="Test wallet").click()
    page.wait_for_url("**/account/searches")
    expect(page.get_by_text("The terms have changed")).to_have_count(0)


@pytest.fixture
def hostile(browser: Browser, site: str) -> Iterator[Page]:
    """A page that runs whatever it contains: no policy of ours stands in the way."""
    with opened(browser, site, bypass_csp=True) as (page, guard):
        guard.expected = ("",)
        page.context.add_init_script(xss.WATCH)
        yield page


def test_nothing_in_a_profile_runs(hostile: Page, catalogue: str) -> None:
    addresses = [f"0x{number:040x}" for number in range(0xBAD000, 0xBAD000 + len(xss.PAYLOADS))]
    with psycopg.connect(catalogue, autocommit=True) as database:
        for address, payload in zip(addresses, xss.PAYLOADS, strict=True):
            kept = payload.replace("\0", "")
            database.execute(WRITE, [address, kept[:40], kept, [f"https://a.example/{kept}"[:200]]])
        try:
            for address in addresses:
                hostile.goto(f"/u/{address}", wait_until="load")
                assert xss.ran(hostile) == []
                assert xss.foreign(hostile, ".person .prose, .person h1, .person-links a") == []
        finally:
            database.execute("delete from marketplace_profile")
