"""The staff finds a listing in the admin, a moderator hides it from the console, and visitors read why on its page."""

import os
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from accounts.demo import PERSONAS
from tests import anvil

from .browsing import opened, overflow, shoot, violations
from .server import running
from .test_sign_in import ADD_CHAIN, PATIENCE

pytestmark = [pytest.mark.xdist_group("visits"), pytest.mark.long(220)]
NAME = "timm/resnetv2_50d_gn.ah_in1k"
PAGE = f"/models/{NAME}"
GIVE_ROLE = """insert into contracts_rolemember
  (chain_id, contract, role, account, delay, delay_before, delay_from, since, changed_block)
  values (31337, 'AccessManager', '1', %s, 0, 0, now() - interval '1 day', now() - interval '1 day', 1)"""
WHY = "Its files open a shell on the machine that loads them."


@pytest.fixture(scope="module")
def demo_site(catalogue: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The site as the demo runs it, with the demo wallet's moderator among the staff."""
    own = {"DJANGO_SETTINGS_MODULE": "config.settings.demo", "DEMO_DIR": str(tmp_path_factory.mktemp("demo"))}
    variables = {**os.environ, **own, "DATABASE_URL": catalogue}
    grant = [sys.executable, "manage.py", "grant_staff", PERSONAS[3].address]
    subprocess.run(grant, env=variables, cwd=settings.BASE_DIR, check=True, capture_output=True)
    with anvil.running() as node, psycopg.connect(catalogue, autocommit=True) as database:
        database.execute(ADD_CHAIN, [[node]])
        database.execute(GIVE_ROLE, [PERSONAS[3].address.lower()])
        with running(tmp_path_factory.mktemp("site"), DATABASE_URL=catalogue, **own) as address:
            yield address
        database.execute("delete from contracts_rolemember")
        database.execute("delete from contracts_chain")


def sign_in(page: Page, persona: str) -> None:
    page.get_by_role("button", name=persona, exact=True).click()
    page.get_by_role("button", name="Sign, free of gas").click()


def test_a_listing_is_hidden_and_its_page_says_why(browser: Browser, demo_site: str) -> None:
    with opened(browser, demo_site) as (page, _), opened(browser, demo_site, width=360) as (visitor, _):
        page.goto("/admin/")
        page.set_default_timeout(PATIENCE)
        sign_in(page, "Moderator")
        page.get_by_role("link", name="Listings").click()
        page.locator("#searchbar").fill("resnetv2_50d_gn.ah_in1k")
        page.keyboard.press("Enter")
        page.get_by_role("link", name=NAME).click()
        page.get_by_role("link", name="Decide in the console").click()
        page.get_by_role("button", name="Open a case about it").click()
        decide = page.get_by_role("complementary", name="Decide")
        decide.get_by_role("radio", name="Hide it").check()
        decide.get_by_label("Category").select_option("malware")
        decide.get_by_label("Reason, the owner reads it").fill(WHY)
        decide.get_by_role("button", name="Decide").click()
        # For a day, until a second moderator answers.
        expect(page.get_by_role("heading", name="Waits for a second moderator")).to_be_visible(timeout=PATIENCE)
        visitor.goto(PAGE)
        notice = visitor.get_by_role("region", name="Hidden by a moderator")
        expect(notice).to_contain_text("Malware.")
        expect(notice).to_contain_text(WHY)
        expect(notice).to_contain_text("nobody can run it")
        assert violations(visitor) == []
        assert overflow(visitor) <= 0
        shoot(visitor, "hidden-360")
        visitor.goto("/models?q=resnetv2_50d_gn.ah_in1k&sort=name")
        expect(visitor.get_by_role("heading", level=1)).to_be_visible()
        expect(visitor.locator(f'a[href="{PAGE}"]')).to_have_count(0)
        page.get_by_role("button", name="Take it back").click()
        expect(page.get_by_role("heading", name="Decide")).to_be_visible(timeout=PATIENCE)
        page.goto(PAGE)
        expect(page.get_by_role("heading", name="resnetv2_50d_gn.ah_in1k")).to_be_visible()
        expect(page.get_by_role("region", name="Hidden by a moderator")).to_have_count(0)


def test_others_than_staff_are_refused_once_and_not_sent_in_circles(browser: Browser, demo_site: str) -> None:
    with opened(browser, demo_site) as (page, _):
        page.set_default_timeout(PATIENCE)
        page.goto("/admin/")
        sign_in(page, "Buyer")
        expect(page.get_by_role("heading", name="You do not have access")).to_be_visible(timeout=PATIENCE)
        assert page.url == f"{demo_site}/admin/"
        assert violations(page) == []
        page.set_viewport_size({"width": 360, "height": 780})
        assert overflow(page) <= 0
