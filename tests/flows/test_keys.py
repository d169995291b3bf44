"""Keys and money in a real browser: deposit, key, the openai client with it, its cost, a cap, a top-up, money back."""

from __future__ import annotations

import re
from collections.abc import Iterator

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam
from playwright.sync_api import Browser, Page, expect

from tests import anvil
from tests.waiting import until

from .browsing import COLOUR_RULES, opened, overflow, shoot, small_targets, split_words, violations
from .market import ETHER, ready
from .stack_demo import StackDemo
from .wallet import TestWallet

pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.long(500)]
MODEL = "plain-words/short-summary"  # 0.0001 ETH a call
TEXT = "Bread is made of flour, water, salt and yeast, and baked in an oven."
QUESTION: list[ChatCompletionMessageParam] = [{"role": "user", "content": TEXT}]
PATIENCE = 60_000  # ms


@pytest.fixture
def page(browser: Browser, demo: StackDemo) -> Iterator[Page]:
    """An empty page of the demo, whose engines answer."""
    demo.wait_for_engines()
    with opened(browser, demo.url) as (page, _):
        page.set_default_timeout(PATIENCE)
        yield page


@pytest.fixture
def wallet(page: Page, demo: StackDemo) -> TestWallet:
    """The page's wallet, on the demo's chain, with one ether."""
    made = TestWallet(page, demo.rpc)
    anvil.call(demo.rpc, "anvil_setBalance", made.address, hex(ETHER))
    return made


def units(page: Page, selector: str) -> int:
    """What the first amount there is, exactly."""
    return int(page.locator(f"{selector} data").first.get_attribute("value") or "")


def call(client: openai.OpenAI) -> str:
    """Have the model summarise something."""
    answer = client.chat.completions.create(model=MODEL, messages=QUESTION, max_tokens=24)
    return str(answer.choices[0].message.content)


def refusal(client: openai.OpenAI) -> str:
    """Why a call is refused, by its code; it has to be one for the payer."""
    with pytest.raises(openai.APIStatusError) as refused:
        call(client)
    assert refused.value.status_code == 402
    return str(refused.value.code)


def make_key(page: Page, demo: StackDemo) -> str:
    """Sign in, and make the first key; return its secret."""
    page.goto("/sign-in?next=/account/keys")
    page.get_by_role("button", name="Test wallet").click()
    page.wait_for_url(f"{demo.url}/account/keys")
    page.get_by_role("link", name="Make your first key").click()
    page.get_by_label("Name").fill("Summaries")
    page.get_by_label("At most in all").fill("0.001")
    page.get_by_label("A day").fill("0.00025")
    page.get_by_role("button", name="Make the key").click()
    secret = page.locator("#secret").inner_text()
    assert re.fullmatch(r"ctr_[0-9A-Za-z]{49}", secret)
    # A reload repeats no form: the page is the key's own, which shows the secret no more.
    page.reload()
    expect(page.get_by_role("heading", name="Summaries")).to_be_visible()
    expect(page.locator("#secret")).to_have_count(0)
    return secret


def test_deposit_key_call_cost_cap_top_up_withdrawal(page: Page, wallet: TestWallet, demo: StackDemo) -> None:
    secret = make_key(page, demo)
    client = openai.OpenAI(base_url=f"{demo.url}/v1", api_key=secret, max_retries=0, timeout=120)
    assert refusal(client)  # nothing is authorised yet

    # One prompt authorises and pays in.
    ready(page, "seller-desk")
    page.get_by_label("Pay in, ETH").fill("0.00015")
    page.get_by_role("button", name="Authorise in your wallet").click()
    # A block may come by itself, and with it the page that has it.
    authorised = page.get_by_text("Authorised on Anvil for up to 0.001 ETH")
    expect(page.get_by_text("Sent. This page updates").or_(authorised).first).to_be_visible()
    until(wallet.has_sent, "it is sent")
    demo.mine()
    expect(page.get_by_text("Authorised on Anvil for up to 0.001 ETH")).to_be_visible()
    expect(page.locator("[data-available] data[value='150000000000000']")).to_be_visible()

    # A call with the official client, and its cost beside it.
    assert call(client)
    expect(page.locator("[data-cap=day] [data-spent] data[value='100000000000000']")).to_be_visible()
    expect(page.get_by_text(re.compile("1 call, "))).to_be_visible()
    assert units(page, "[data-available]") == 50_000_000_000_000
    shoot(page, "key-used")
    assert violations(page) == []

    # What is left is less than a call: topped up in one click.
    assert refusal(client) == "not_funded"
    page.get_by_label("Add ETH").fill("0.001")
    page.get_by_role("button", name="Top up").click()
    expect(page.get_by_text("Sent. This page updates")).to_be_visible()
    demo.mine()
    expect(page.locator("[data-available] data[value='1050000000000000']")).to_be_visible()
    assert call(client)
    assert refusal(client) == "cap_reached"
    page.goto("/account/keys")
    page.get_by_role("link", name="Summaries").click()
    assert units(page, "[data-cap=day] [data-spent]") == 200_000_000_000_000

    # Its owner raises the cap; what it may spend in all stays, so the wallet is not asked.
    page.get_by_role("link", name="Change").click()
    page.get_by_label("A day").fill("0.0005")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("of 0.0005 ETH")).to_be_visible()
    assert call(client)

    # What is left goes back, and the key stops.
    page.locator(".crumbs a").click()
    ready(page, "seller-desk")
    page.get_by_text("Withdraw", exact=True).click()
    page.get_by_role("button", name="All of it").click()
    expect(page.get_by_text(re.compile("can be withdrawn from"))).to_be_visible()
    expect(page.locator("[data-available] data[value='0']")).to_be_visible()
    assert refusal(client) == "not_funded"
    page.get_by_role("link", name="Statement, month by month").click()
    expect(page.get_by_role("row", name=re.compile("short-summary"))).to_be_visible()
    assert units(page, "[data-closing]") == 850_000_000_000_000
    for width in (1440, 360):
        look_at_receipts(page, width)


def look_at_receipts(page: Page, width: int) -> None:
    """Look at a statement with lines, the calls of one, the receipt of one of these, and what all may see of it."""
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/account/statement")
    check(page, "statement", width)
    page.get_by_role("link", name=MODEL).click()
    expect(page.get_by_role("heading", name=re.compile("Paid calls"))).to_be_visible()
    check(page, "calls", width)
    page.get_by_role("link", name=re.compile("the receipt of")).first.click()
    expect(page.get_by_role("heading", name=re.compile("answered for"))).to_be_visible()
    check(page, "receipt", width)
    page.goto("/status")
    check(page, "status", width)


@pytest.mark.parametrize("width", [1440, 360])
def test_the_pages_fit_and_are_accessible(browser: Browser, demo: StackDemo, width: int) -> None:
    with opened(browser, demo.url, width=width) as (page, _):
        page.set_default_timeout(PATIENCE)  # its engines may be starting
        made = TestWallet(page, demo.rpc)
        anvil.call(demo.rpc, "anvil_setBalance", made.address, hex(ETHER))
        page.goto("/sign-in?next=/account/keys")
        page.get_by_role("button", name="Test wallet").click()
        page.wait_for_url(f"{demo.url}/account/keys")
        check(page, "keys-empty", width)
        page.goto("/account/keys/new")
        check(page, "key-new", width)
        page.get_by_label("Name").fill("Night job of the shop")
        page.get_by_label("At most in all").fill("2")
        page.get_by_label("A day").fill("0.25")
        page.get_by_role("button", name="Make the key").click()
        expect(page.locator("#secret")).to_be_visible()
        check(page, "key-made", width)
        page.goto("/account/keys")
        check(page, "keys", width)
        page.goto("/account/statement")
        check(page, "statement-empty", width)


def check(page: Page, name: str, width: int) -> None:
    """Look at a page in both themes."""
    page.emulate_media(color_scheme="light")
    shoot(page, f"{name}-light-{width}")
    assert overflow(page) <= 0
    assert split_words(page) == []
    assert width > 360 or small_targets(page) == []
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    shoot(page, f"{name}-dark-{width}")
    assert violations(page, COLOUR_RULES) == []
