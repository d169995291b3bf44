"""A newcomer finds a model, buys it with a wallet of their own, and it is theirs: on the demo's chain and sales."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator

import psycopg
import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from tests import anvil

from .browsing import opened, overflow, shoot, violations
from .server import catalogue_database, running
from .wallet import REJECTED, TestWallet

SIXTY_DAYS = 60 * 86_400
ETHER = 10**18
MODEL = "/models/plain-words/short-summary"
# No engine runs beside this test: what it shows is the purchase.
READY = """insert into marketplace_listingruntime (listing_id, state, state_since, checked_at)
  select listing_id, 'ready', now(), now() from marketplace_adoption
  on conflict (listing_id) do update set state = 'ready'"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The addresses of the site and of its chain, sixty days old, with an indexer that follows it."""
    home = tmp_path_factory.mktemp("demo")
    beginning = ("--accounts", "30", "--timestamp", str(int(time.time()) - SIXTY_DAYS))
    with catalogue_database(f"purchase_{os.getpid()}") as database, anvil.running(*beginning) as node:
        own = {"DJANGO_SETTINGS_MODULE": "config.settings.demo", "DEMO_DIR": str(home), "RPC_URLS_ANVIL": node}
        variables = {**os.environ, **own, "DATABASE_URL": database}
        for command in (["deploy_contracts", "--chain", "anvil"], ["seed_demo"]):
            _manage(command, variables)
        with psycopg.connect(database, autocommit=True) as rows:
            rows.execute(READY)
        anvil.call(node, "evm_setIntervalMining", 1)
        follow = [sys.executable, "manage.py", "index_chain", "--follow"]
        indexer = subprocess.Popen(follow, env=variables, cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL)
        with running(home, DATABASE_URL=database, **own) as site:
            yield site, node
        indexer.terminate()
        indexer.wait(20)


def _manage(command: list[str], variables: dict[str, str]) -> None:
    ended = subprocess.run(
        [sys.executable, "manage.py", *command],
        env=variables,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


@pytest.fixture
def page(browser: Browser, demo: tuple[str, str]) -> Iterator[Page]:
    with opened(browser, demo[0]) as (page, _):
        yield page


@pytest.fixture
def wallet(page: Page, demo: tuple[str, str]) -> TestWallet:
    made = TestWallet(page, demo[1])
    anvil.call(demo[1], "anvil_setBalance", made.address, hex(ETHER))
    return made


HOLD = """() => {
  window.heldPrompts = [];
  const ask = window.askTestWallet;
  window.askTestWallet = async (method, params) => {
    if (method === "eth_sendTransaction") await new Promise((answer) => window.heldPrompts.push(answer));
    return ask(method, params);
  };
}"""


def order(page: Page) -> None:
    """Connect and sign in from the model's page, and order a lasting pass."""
    page.get_by_role("link", name="Connect a wallet to buy").click()
    page.get_by_role("button", name="Test wallet").click()
    page.get_by_label("I accept the licence").check()
    page.get_by_role("button", name="Buy access").click()
    expect(page.get_by_role("heading", name="Confirm it in your wallet")).to_be_visible()


def test_search_connect_buy_and_own(page: Page, wallet: TestWallet) -> None:
    page.goto("/models?q=summary&availability=for-sale")
    page.get_by_role("link", name="short-summary").click()
    order(page)
    assert violations(page) == []
    page.get_by_role("button", name="Open your wallet").click()
    for step in ("Confirming, 1 of 3 blocks", "Confirming, 2 of 3 blocks"):
        expect(page.locator("[aria-current=step]")).to_contain_text(step, timeout=15_000)
    page.reload()
    expect(page.get_by_role("heading", name="It is yours")).to_be_visible(timeout=15_000)
    assert violations(page) == []
    shoot(page, "order-final")
    page.get_by_role("link", name="Run it").click()
    page.wait_for_url(re.compile(f"{MODEL}#playground"))
    expect(page.get_by_text("You have a pass")).to_be_visible()
    page.goto("/account/")
    expect(page.get_by_role("row", name=re.compile("short-summary lasting pass for good"))).to_be_visible()
    assert violations(page) == []
    page.set_viewport_size({"width": 360, "height": 780})
    assert overflow(page) <= 0


def test_a_no_in_the_wallet_is_no_error_and_can_be_followed_by_a_yes(page: Page, wallet: TestWallet) -> None:
    page.goto(MODEL)
    order(page)
    first = page.url
    wallet.faults["eth_sendTransaction"] = REJECTED
    page.get_by_role("button", name="Open your wallet").click()
    expect(page.get_by_role("heading", name="You cancelled")).to_be_visible()
    expect(page.get_by_role("alert").locator("visible=true")).to_have_count(0)
    page.get_by_role("button", name="Try again").click()
    page.wait_for_url(lambda url: url != first)
    page.get_by_role("button", name="Open your wallet").click()
    expect(page.get_by_role("heading", name=re.compile("Sent|Paid"))).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="It is yours")).to_be_visible(timeout=20_000)


def test_one_tab_asks_the_wallet_and_another_takes_over_on_purpose(
    page: Page, wallet: TestWallet, demo: tuple[str, str]
) -> None:
    page.goto(MODEL)
    order(page)
    page.evaluate(HOLD)  # the wallet's window stays open until somebody answers it
    page.get_by_role("button", name="Open your wallet").dblclick()
    again = page.get_by_role("button", name="Open the wallet again")
    expect(again).to_be_disabled()
    expect(page.get_by_text("Answer it there. If its window is gone")).to_be_visible()
    assert page.evaluate("window.heldPrompts.length") == 1

    second = page.context.new_page()
    other = TestWallet(second, demo[1], wallet.keys)
    second.goto(page.url)
    expect(second.get_by_text("It was asked in another tab")).to_be_visible()
    assert violations(second) == []
    shoot(second, "order-elsewhere")
    second.evaluate(HOLD)
    second.get_by_role("button", name="Ask from here instead").click()
    expect(second.get_by_role("button", name="Open the wallet again")).to_be_disabled()
    expect(page.get_by_text("It was asked in another tab")).to_be_visible()
    expect(page.get_by_role("button", name="Ask from here instead")).to_be_disabled()

    for tab in (page, second):  # both windows of the wallet are confirmed
        tab.evaluate("window.heldPrompts.forEach((answer) => answer())")
    expect(second.get_by_role("heading", name="It is yours")).to_be_visible(timeout=20_000)
    assert "eth_sendTransaction" in other.asked
    assert int(anvil.call(demo[1], "eth_getTransactionCount", wallet.address, "latest"), 16) == 1
    expect(second.get_by_text("Paid more than once")).to_have_count(0)


def test_what_a_wallet_pays_twice_all_the_same_is_told(page: Page, wallet: TestWallet, demo: tuple[str, str]) -> None:
    wallet.keeps_nonces = False
    page.goto(MODEL)
    order(page)
    page.evaluate(HOLD)
    page.get_by_role("button", name="Open your wallet").click()
    expect(page.get_by_role("button", name="Open the wallet again")).to_be_disabled()
    second = page.context.new_page()
    TestWallet(second, demo[1], wallet.keys).keeps_nonces = False
    second.goto(page.url)
    second.evaluate(HOLD)
    second.get_by_role("button", name="Ask from here instead").click()
    expect(second.get_by_role("button", name="Open the wallet again")).to_be_disabled()
    for tab in (page, second):
        tab.evaluate("window.heldPrompts.forEach((answer) => answer())")
    expect(page.get_by_text("That bought 2 lasting passes in all.")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("heading", name="It is yours")).to_be_visible(timeout=20_000)
    assert violations(page) == []
    shoot(page, "order-paid-twice")
    page.set_viewport_size({"width": 360, "height": 780})
    assert overflow(page) <= 0
    page.goto("/account/")
    expect(page.get_by_role("row", name=re.compile("short-summary 2 lasting passes for good"))).to_be_visible()
    expect(page.get_by_text("paid 2 times")).to_be_visible()
    assert overflow(page) <= 0


def test_a_second_tab_follows_and_an_empty_wallet_is_told_before_it_opens(
    page: Page, wallet: TestWallet, demo: tuple[str, str]
) -> None:
    page.goto(MODEL)
    order(page)
    anvil.call(demo[1], "anvil_setBalance", wallet.address, hex(10**15))
    page.get_by_role("button", name="Open your wallet").click()
    expect(page.get_by_text("Your wallet has 0.001 ETH on Anvil, and this needs")).to_be_visible()
    assert "eth_sendTransaction" not in wallet.asked
    anvil.call(demo[1], "anvil_setBalance", wallet.address, hex(ETHER))
    second = page.context.new_page()
    second.goto(page.url)
    page.get_by_role("button", name="Open your wallet").click()
    expect(second.get_by_role("heading", name="It is yours")).to_be_visible(timeout=20_000)
