"""The buyer's whole journey on all that `make demo` starts, with the real engine: from the home page to the account."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests import anvil

from .browsing import opened, shoot, violations
from .market import ETHER, order, pay, stands, step
from .stack_demo import StackDemo
from .wallet import TestWallet

pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.long(500)]
NAME = "pocket-lab/smollm2-chat"
FIGURES = re.compile(r"^\d+ tokens [\d,.]+ m?s to first [\d,.]+ tok/s( free)?$")
PATIENCE = 60_000  # ms: an answer on a machine that does other things as well


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


def ask(page: Page, question: str) -> Locator:
    """Ask the model, and return the turn in which it answers, as soon as it has begun."""
    send = page.get_by_role("button", name="Ask")
    expect(send).to_be_enabled(timeout=PATIENCE)  # the answer before may still go on
    page.get_by_label("Your question").fill(question)
    send.click()
    turn = page.locator(".turn.answer").last
    expect(turn.locator(".said")).to_contain_text(re.compile(r"\w"), timeout=PATIENCE)
    return turn


def find(page: Page) -> None:
    """From the home page by its search to the model's page."""
    page.goto("/")
    page.locator("#search").fill("smollm2 chat")
    page.keyboard.press("Enter")
    page.locator(f'a.name[href="/models/{NAME}"]').click()
    page.wait_for_url(f"**/models/{NAME}")


def test_from_the_home_page_to_a_model_of_ones_own(page: Page, wallet: TestWallet, demo: StackDemo) -> None:
    find(page)
    answer = ask(page, "What is the capital of France?")
    expect(answer.locator(".figures")).to_have_text(FIGURES, timeout=PATIENCE)
    expect(page.locator("[data-allowance-text]")).to_contain_text("free tokens left today")
    order(page)
    pay(page)
    step(page, "Confirming")
    stands(page, "It is yours")
    page.get_by_role("link", name="Run it").click()
    expect(page.get_by_text("It cannot be transferred.")).to_be_visible()
    allowance = page.locator("[data-allowance-text]")
    expect(allowance).to_have_text(re.compile(r"^1\sM of 1\sM tokens left for 30 days$"))
    answer = ask(page, "Name three colours.")
    expect(answer.locator(".figures")).to_have_text(FIGURES, timeout=PATIENCE)
    expect(allowance).not_to_contain_text("free")
    stop(page)
    assert [row[0] for row in demo.ask(CALLS, wallet.address.lower())] == ["done", "stopped"]
    shoot(page, "journey-holder")
    assert violations(page) == []
    page.get_by_role("button", name="Your account").click()
    page.goto("/account/")
    expect(page.get_by_role("row", name=re.compile("smollm2-chat Lasting access"))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile(r"Final .*smollm2-chat .* 0.02\sETH"))).to_be_visible()
    shoot(page, "journey-account")


CALLS = """select c.state from inference_call c join accounts_user u on u.id = c.user_id
  where u.address = %s and c.access = 'pass' order by c.started_at"""


def stop(page: Page) -> None:
    """Ask for more than anybody waits for, and stop it: what is there stays, and the model is free at once."""
    turn = ask(page, "Write a very long story about a lighthouse and its keeper, with many details.")
    page.get_by_role("button", name="Stop").click()
    expect(turn.locator(".figures")).to_have_text(re.compile(r"^Stopped \d+ tokens"), timeout=PATIENCE)
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    expect(page.get_by_role("button", name="Ask")).to_be_enabled()


AT_END = """() => {
  const { scrollHeight, scrollTop, clientHeight } = document.querySelector("[data-scroller]");
  return scrollHeight > clientHeight + 8 && scrollHeight - scrollTop - clientHeight < 40;
}"""


def test_on_a_phone_a_conversation_follows_its_answer_and_stops(browser: Browser, demo: StackDemo) -> None:
    demo.wait_for_engines()
    with opened(browser, demo.url, width=360) as (page, _):
        page.goto(f"/models/{NAME}#playground")
        field = page.get_by_label("Your question")
        expect(field).to_be_focused()
        expect(page.locator(".buy-dock")).to_be_hidden()  # a keyboard would stand there
        expect(ask(page, "Name three colours.").locator(".figures")).to_have_text(FIGURES, timeout=PATIENCE)
        turn = ask(page, "Write a very long story about a lighthouse and its keeper, with many details.")
        page.wait_for_function(AT_END, timeout=PATIENCE)
        assert page.locator("[data-turns]").evaluate("(turns) => getComputedStyle(turns).opacity") == "1"
        page.locator("[data-scroller]").evaluate("(place) => place.scrollTo(0, 0)")
        newest = page.get_by_role("button", name="To the newest")
        newest.click()
        expect(newest).to_be_hidden()
        expect(page.get_by_role("button", name="Stop")).to_be_in_viewport()
        page.get_by_role("button", name="Stop").click()
        expect(turn.locator(".figures")).to_have_text(re.compile(r"^Stopped \d+ tokens"), timeout=PATIENCE)
        expect(field).to_be_focused()
        assert violations(page) == []
