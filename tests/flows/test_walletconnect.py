"""A wallet on a phone: found by a code that it scans, asked through a relay, and absent where no project is named."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from eth_account import Account as Keys
from playwright.sync_api import Browser, Page, expect

from tests import anvil
from tests.waiting import until

from .browsing import opened, overflow, shoot, small_targets, violations
from .phone import Phone, switched_on
from .relay import Relay, relaying
from .server import running
from .test_sign_in import ADD_CHAIN, ETHER, PATIENCE, SEND, signed_in

pytestmark = [pytest.mark.xdist_group("visits"), pytest.mark.long(60)]
PROJECT = "0123456789abcdef" * 2
SIGN_TYPED = """async () => {
  const { signTypedData } = await import(document.querySelector("meta[name=wallet-script]").content);
  const types = { Note: [{ name: "text", type: "string" }] };
  const typed = { domain: { name: "Notes", chainId: 31337 }, types, primaryType: "Note", message: { text: "x" } };
  return signTypedData(typed, 31337);
}"""
RECEIPT = """async (hash) => {
  const { receiptOf } = await import(document.querySelector("meta[name=wallet-script]").content);
  return receiptOf(hash);
}"""


@pytest.fixture(scope="module")
def node(catalogue: str) -> Iterator[str]:
    """A real chain that the site knows."""
    with anvil.running() as address, psycopg.connect(catalogue, autocommit=True) as database:
        database.execute(ADD_CHAIN, [[address]])
        yield address
        database.execute("delete from contracts_chain")


@pytest.fixture(scope="module")
def relay() -> Iterator[Relay]:
    with relaying(PROJECT) as running_relay:
        yield running_relay


@pytest.fixture(scope="module")
def site(catalogue: str, node: str, relay: Relay, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The site with a project of WalletConnect."""
    settings = {"WALLETCONNECT_PROJECT_ID": PROJECT, "WALLETCONNECT_RELAY": relay.address}
    with running(tmp_path_factory.mktemp("remote"), DATABASE_URL=catalogue, **settings) as address:
        yield address


@pytest.fixture
def phone(node: str, relay: Relay) -> Iterator[Phone]:
    with switched_on(node, relay) as held:
        anvil.call(node, "anvil_setBalance", held.address, hex(ETHER))
        yield held


@pytest.fixture
def asked_hosts(page: Page) -> set[str]:
    """The hosts that the page has asked anything of."""
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    page.on("websocket", lambda socket: hosts.add(socket.url.split("/")[2]))
    return hosts


def uri_of(page: Page) -> str:
    """Choose WalletConnect; return what its code says."""
    menu = page.get_by_role("button", name="Menu")
    if menu.is_visible():
        menu.click()
    page.get_by_role("link", name="Connect wallet").click()
    page.get_by_role("button", name="WalletConnect").click()
    expect(page.get_by_role("heading", name="Scan this with your wallet")).to_be_focused(timeout=PATIENCE)
    return page.get_by_role("link", name="Open a wallet on this device").get_attribute("href") or ""


def connect(page: Page, phone: Phone) -> None:
    phone.approve(phone.scan(uri_of(page)))
    assert phone.answer_next()["method"] == "personal_sign"
    signed_in(page, phone.address)


def begin(page: Page, act: str, given: object = None) -> None:
    """Begin what a person has to end on the phone; ``ended`` has what it comes to."""
    page.evaluate(f"(given) => {{ window.begun = ({act})(given); }}", given)


def ended(page: Page) -> Any:
    return page.evaluate("() => window.begun")


def test_a_phone_signs_in_signs_and_sends(
    page: Page, phone: Phone, node: str, relay: Relay, site: str, asked_hosts: set[str]
) -> None:
    page.goto("/about")
    uri = uri_of(page)
    assert uri.startswith("wc:")
    proposal = phone.scan(uri)
    assert proposal["from"]["url"] == site
    assert proposal["chains"] == phone.chains
    phone.approve(proposal)
    assert phone.answer_next()["method"] == "personal_sign"
    signed_in(page, phone.address)

    to = str(Keys.create().address)
    begin(page, SEND, [to, "7"])
    assert phone.answer_next()["method"] == "eth_sendTransaction"
    sent = ended(page)
    mined = anvil.receipt(node, sent)
    assert mined["status"] == "0x1"
    assert anvil.call(node, "eth_getBalance", to, "latest") == "0x7"
    assert page.evaluate(RECEIPT, sent) == {"block": int(mined["blockNumber"], 16), "ok": True}

    begin(page, SIGN_TYPED)
    assert phone.answer_next()["method"] == "eth_signTypedData_v4"
    assert len(ended(page)) == len("0x") + 2 * 65
    # Neither statistics nor a frame that vouches for us: what is not for the site is for the relay.
    assert asked_hosts == {site.split("/")[2], relay.address.split("/")[2]}


def test_a_session_outlives_the_page_until_the_phone_ends_it(page: Page, phone: Phone) -> None:
    page.goto("/about")
    connect(page, phone)
    page.reload()
    signed_in(page, phone.address)
    phone.faults = {"eth_sendTransaction": {"code": 5000, "message": "User rejected."}}
    begin(page, SEND, [str(Keys.create().address), "7"])
    phone.answer_next()
    assert ended(page) == "cancelled: You cancelled. Nothing was signed or sent."
    # A page that ends while it is told may have heard it, and not kept it.
    page.goto("about:blank")
    phone.leave()
    page.goto("/about")

    def is_told() -> bool:
        begin(page, SEND, [str(Keys.create().address), "7"])
        return bool(ended(page).startswith("disconnected: "))

    # That it left may arrive after the first question, which the phone then refuses.
    until(is_told, "the page hears that the phone has left")


def test_who_declines_on_the_phone_can_try_again_or_choose_another(page: Page, phone: Phone) -> None:
    page.goto("/about")
    phone.reject(phone.scan(uri_of(page)))
    said = page.locator("#wallet-dialog [data-said]")
    expect(said).to_have_text("You cancelled. Nothing was signed or sent.")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Scan this with your wallet")).to_be_visible()
    page.get_by_role("button", name="Choose another wallet").click()
    expect(said).to_have_text("You cancelled. Nothing was signed or sent.")
    page.get_by_role("button", name="Choose another wallet").click()
    expect(page.get_by_role("button", name="WalletConnect")).to_be_focused()


@pytest.mark.parametrize("context_options", [{"width": 360, "color_scheme": "dark"}, {"color_scheme": "light"}])
def test_the_code_is_accessible_and_fits(page: Page, context_options: dict[str, Any]) -> None:
    page.goto("/about")
    uri_of(page)
    shoot(page, f"pairing-{context_options['color_scheme']}")
    assert violations(page) == []
    assert overflow(page) <= 0
    if "width" in context_options:
        assert small_targets(page) == []


def test_without_a_project_no_page_knows_of_it(browser: Browser, catalogue: str, tmp_path: Path) -> None:
    with running(tmp_path, DATABASE_URL=catalogue) as address, opened(browser, address) as (page, _):
        loaded: list[str] = []
        page.on("request", lambda request: loaded.append(request.url))
        answer = page.goto("/about")
        assert answer
        rules = {rule.strip() for rule in answer.headers["content-security-policy"].split(";")}
        assert "connect-src 'self'" in rules
        assert "walletconnect" not in answer.text().lower()
        page.get_by_role("link", name="Connect wallet").click()
        expect(page.locator("#wallet-dialog")).to_contain_text("No wallet was found in this browser.")
        expect(page.get_by_role("button", name="WalletConnect")).to_have_count(0)
        assert page.request.get(f"/wallet/receipts/31337/0x{'0' * 64}").status == 404
        assert not [url for url in loaded if "walletconnect" in url]
