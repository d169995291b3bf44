"""Connecting a wallet, signing in and out, and all that people do in between."""

from collections.abc import Iterator

import psycopg
import pytest
from eth_account import Account as Keys
from playwright.sync_api import Browser, Page, expect

from tests import anvil

from .browsing import Guard, opened, overflow, shoot, small_targets, violations
from .server import running
from .wallet import PENDING, REJECTED, TestWallet

pytestmark = [pytest.mark.xdist_group("visits"), pytest.mark.long(220)]
ETHER = 10**18
PATIENCE = 20_000  # ms: a server's first sign-in loads the packages that read messages


ADD_CHAIN = """insert into contracts_chain
  (id, short_name, name, coin, confirmations, reorg_window, explorer_url, deployment, start_block, genesis_hash,
   rpc_urls, quorum)
  values (31337, 'anvil', 'Anvil', 'ETH', 3, 64, '', '{}', 0, '', %s, 1)"""


@pytest.fixture(scope="module")
def node(catalogue: str) -> Iterator[str]:
    """A real chain that the site knows."""
    with anvil.running() as address, psycopg.connect(catalogue, autocommit=True) as database:
        database.execute(ADD_CHAIN, [[address]])
        yield address
        database.execute("delete from contracts_chain")


@pytest.fixture(scope="module")
def demo_site(catalogue: str, node: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The site as the demo runs it."""
    home = tmp_path_factory.mktemp("demo")
    settings = {"DJANGO_SETTINGS_MODULE": "config.settings.demo", "DEMO_DIR": str(home)}
    with running(home, DATABASE_URL=catalogue, **settings) as address:
        yield address


@pytest.fixture
def wallet(page: Page, node: str) -> TestWallet:
    return TestWallet(page, node)


def open_menu(page: Page) -> None:
    """Show what stands in the menu on a phone, and in the header elsewhere."""
    menu = page.get_by_role("button", name="Menu")
    if menu.is_visible():
        menu.click()


def connect(page: Page, wallet: str = "Test wallet") -> None:
    open_menu(page)
    page.get_by_role("link", name="Connect wallet").click()
    page.get_by_role("button", name=wallet).click()


def signed_in(page: Page, address: str) -> None:
    expect(page.locator("button.account")).to_have_attribute("title", address, timeout=PATIENCE)
    # Whoever speaks to the page says what it shows.
    expect(page.locator("button.account")).to_have_attribute("aria-label", f"{short(address)}, your account")


def short(address: str) -> str:
    return f"{address[:6]}…{address[-4:]}"


def test_connect_sign_in_reload_sign_out(page: Page, wallet: TestWallet) -> None:
    page.goto("/models")
    connect(page)
    signed_in(page, wallet.address)
    expect(page.locator("button.account")).to_contain_text(short(wallet.address))
    page.reload()
    signed_in(page, wallet.address)
    page.locator("button.account").click()
    assert violations(page) == []
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Connect wallet")).to_be_visible()
    assert "sessionid" not in [cookie["name"] for cookie in page.context.cookies()]


def test_the_palette_knows_its_member_and_forgets_what_they_chose(page: Page, wallet: TestWallet) -> None:
    page.goto("/about")
    connect(page)
    signed_in(page, wallet.address)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option", name="Your account and orders")).to_be_visible()
    expect(page.get_by_role("option", name="Connect wallet")).to_have_count(0)
    page.keyboard.type("about")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("group", name="Recent")).to_contain_text("About and sources")
    page.keyboard.type("sign out")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Connect wallet")).to_be_visible()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option", name="Connect wallet")).to_be_visible()
    expect(page.get_by_role("option", name="Your account and orders")).to_have_count(0)
    expect(page.get_by_role("group", name="Recent")).to_have_count(0)


MEMBERS_PAGES = ["/", "/models", "/account/", "/sell/", "/disputes/", "/account/searches", "/commands"]


def test_a_members_pages_are_accessible_and_fit_fingers(page: Page, wallet: TestWallet) -> None:
    page.goto("/about")
    connect(page)
    signed_in(page, wallet.address)
    for path in MEMBERS_PAGES:
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(path)
        assert violations(page) == [], path
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size({"width": 360, "height": 780})
        assert violations(page) == [], path
        assert small_targets(page) == [], path
        assert overflow(page) <= 0, path


def test_the_sign_in_page_leads_back_to_where_one_was(page: Page, wallet: TestWallet) -> None:
    page.goto("/sign-in?next=/models%3Fq%3Dminilm")
    page.get_by_role("button", name="Test wallet").click()
    page.wait_for_url("**/models?q=minilm")
    signed_in(page, wallet.address)


def test_rejecting_is_no_error_and_trying_again_works(page: Page, wallet: TestWallet) -> None:
    wallet.faults = {"personal_sign": REJECTED}
    page.goto("/models")
    connect(page)
    said = page.locator("#wallet-dialog [data-said]")
    expect(said).to_have_text("You cancelled. Nothing was signed or sent.")
    expect(said).not_to_have_class("said bad")
    assert violations(page) == []
    page.get_by_role("button", name="Try again").click()
    signed_in(page, wallet.address)


def test_a_request_that_is_already_open_is_named(page: Page, wallet: TestWallet) -> None:
    wallet.faults = {"eth_requestAccounts": PENDING}
    page.goto("/about")
    connect(page)
    expect(page.locator("#wallet-dialog [data-said]")).to_have_text(
        "A request is already open in your wallet. Answer it there."
    )
    page.get_by_role("button", name="Choose another wallet").click()
    expect(page.get_by_role("button", name="Test wallet")).to_be_focused()


def test_selecting_another_account_ends_the_session(page: Page, wallet: TestWallet) -> None:
    page.goto("/about")
    connect(page)
    signed_in(page, wallet.address)
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    page.reload()
    page.wait_for_load_state("networkidle")
    assert loaded
    assert not [url for url in loaded if "/wallet." in url]  # a page is read without it
    wallet.select(Keys.create())
    expect(page.get_by_role("link", name="Connect wallet")).to_be_visible()
    expect(page.locator("#toasts")).to_contain_text("another account selected")


def test_an_account_changed_while_no_page_was_open_ends_the_session_too(page: Page, wallet: TestWallet) -> None:
    page.goto("/about")
    connect(page)
    signed_in(page, wallet.address)
    wallet.keys = Keys.create()
    page.goto("/models")
    expect(page.get_by_role("link", name="Connect wallet")).to_be_visible()


def test_a_wallet_on_another_chain_is_asked_to_switch(page: Page, wallet: TestWallet) -> None:
    wallet.chain_id = "0x5"
    page.goto("/about")
    connect(page)
    signed_in(page, wallet.address)
    assert "wallet_switchEthereumChain" in wallet.asked


SEND = """async ([to, value]) => {
  const { sendTransaction, explain } = await import(document.querySelector("meta[name=wallet-script]").content);
  return sendTransaction({ to, value, chainId: 31337 }).catch((error) => `${error.code}: ${explain(error)}`);
}"""


def test_a_transaction_is_sent_or_cancelled(page: Page, wallet: TestWallet, node: str) -> None:
    anvil.call(node, "anvil_setBalance", wallet.address, hex(ETHER))
    to = str(Keys.create().address)
    page.goto("/about")
    assert page.evaluate(SEND, [to, "7"]) == "not-signed-in: Sign in with your wallet first."
    connect(page)
    signed_in(page, wallet.address)
    sent = page.evaluate(SEND, [to, "7"])
    assert anvil.receipt(node, sent)["status"] == "0x1"
    assert anvil.call(node, "eth_getBalance", to, "latest") == "0x7"
    wallet.faults = {"eth_sendTransaction": REJECTED}
    assert page.evaluate(SEND, [to, "7"]) == "cancelled: You cancelled. Nothing was signed or sent."


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 360)])
def test_the_demo_wallet_asks_before_it_signs(browser: Browser, demo_site: str, theme: str, width: int) -> None:
    with opened(browser, demo_site, width=width, color_scheme=theme) as (page, _):
        page.goto("/models")
        if width == 360:
            page.get_by_role("button", name="Menu").click()
        page.get_by_role("link", name="Connect wallet").click()
        expect(page.get_by_role("heading", name="Demo wallet")).to_be_visible()
        shoot(page, f"connect-{theme}-{width}")
        assert violations(page) == []
        page.get_by_role("button", name="Buyer").click()
        host = demo_site.partition("://")[2]
        expect(page.get_by_role("heading", name=f"Sign in to {host}")).to_be_visible(timeout=PATIENCE)
        expect(page.locator("#demo-wallet")).to_contain_text("it moves nothing and costs nothing")
        expect(page.locator("#demo-wallet .notice")).to_have_count(0)
        expect(page.get_by_role("button", name="Reject")).to_be_focused()
        shoot(page, f"demo-wallet-{theme}-{width}")
        assert violations(page) == []
        page.get_by_role("button", name="Reject").click()
        expect(page.locator("#wallet-dialog [data-said]")).to_have_text("You cancelled. Nothing was signed or sent.")
        page.get_by_role("button", name="Try again").click()
        page.get_by_role("button", name="Sign, free of gas").click()
        signed_in(page, "0x70997970C51812dc3A010C7d01b50e0d17dc79C8")
        shoot(page, f"signed-in-{theme}-{width}")
        assert overflow(page) <= 0


def test_without_a_wallet_the_page_says_so(page: Page, guard: Guard, node: str) -> None:
    page.goto("/sign-in")
    expect(page.locator("main")).to_contain_text("No wallet was found in this browser.")
    assert violations(page) == []
