"""A buyer reviews what is final, changes it, brings it to the chain and is answered; a refund takes it out; and no text
of anybody runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from eth_account import Account as Keys
from eth_account.signers.local import LocalAccount
from playwright.sync_api import Browser, BrowserContext, Page, expect

from contracts.chain import codec
from marketplace.demo.history import model_id
from tests.xss import PAYLOADS, WATCH, foreign, ran

from .browsing import COLOUR_RULES, opened, overflow, shoot, small_targets, violations
from .market import Market, stands
from .test_returns import PLAIN, begin, buy
from .wallet import TestWallet

pytestmark = [pytest.mark.xdist_group("reviewing"), pytest.mark.long(300)]
Keys.enable_unaudited_hdwallet_features()
SELLER, STRANGER = 5, 27  # of anvil's accounts
REVIEWS, OWN = f"{PLAIN}/reviews", f"{PLAIN}/reviews/own"
FOLLOW = "from marketplace.scores.tasks import follow_chains; follow_chains()"
# Texts of others, written as rows: what a form would refuse is on the page as well.
HOSTILE = """
from uuid import uuid4
from tests.xss import PAYLOADS
from marketplace.listings.models import Listing
from marketplace.scores.models import Answer, Review
listing = Listing.objects.get(name="plain-words/short-summary")
place = listing.adoptions.get()
given = dict(listing=listing, chain_id=place.chain_id, model_id=place.model_id, rating=3, version="1.0.0", number=1)
made = [
    Review(**given, author=f"0x{n:040x}", text=text, cid=f"b{n}", judged="counted", standing="counted")
    for n, text in enumerate(PAYLOADS, 1)
]
Review.objects.bulk_create(made)
Answer.objects.bulk_create([Answer(review=each, author=place.model_id[:42], text=each.text) for each in made])
"""
FORGET_HOSTILE = """
from marketplace.scores.models import Review
Review.objects.filter(author__startswith="0x" + "0" * 36).delete()
"""


def account(number: int) -> LocalAccount:
    keys: LocalAccount = Keys.from_mnemonic("test " * 11 + "junk", account_path=f"m/44'/60'/0'/0/{number}")
    return keys


@pytest.fixture(scope="module")
def site(market: Market) -> str:
    """The market's."""
    return market.site


@contextmanager
def somebody(browser: Browser, market: Market, keys: LocalAccount) -> Iterator[Page]:
    """Open another window, and sign in there."""
    with opened(browser, market.site) as (page, _):
        TestWallet(page, market.node, keys)
        page.goto("/sign-in")
        page.get_by_role("button", name="Test wallet").click()
        expect(page.get_by_role("button", name="your account")).to_be_visible()
        yield page


def good(page: Page, name: str) -> None:
    """The page is accessible in both themes, and fits a phone."""
    assert violations(page) == []
    shoot(page, f"{name}-light")
    page.emulate_media(color_scheme="dark")
    assert violations(page, COLOUR_RULES) == []
    shoot(page, f"{name}-dark")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 360, "height": 780})
    assert overflow(page) <= 0
    assert small_targets(page) == []
    shoot(page, f"{name}-phone")
    page.set_viewport_size({"width": 1440, "height": 900})


def write(page: Page, rating: int, text: str) -> None:
    panel = page.locator("#own-review")
    panel.get_by_role("radio", name=str(rating), exact=True).check(force=True)
    panel.get_by_label("What you found").fill(text)


def test_a_buyer_reviews_edits_rates_on_chain_and_is_answered(
    page: Page, wallet: TestWallet, market: Market, browser: Browser
) -> None:
    begin(page, PLAIN)
    page.goto(REVIEWS)
    expect(page.locator("#own-review")).to_contain_text("this wallet has not bought this model")
    page.goto(PLAIN)
    buy(page)
    page.goto(REVIEWS)
    good(page, "reviews-before")
    write(page, 4, "Short and true.\nIt leaves the numbers out.")
    good(page, "review-form")
    page.locator("#own-review").get_by_label("Also on chain").check()
    sent = len(wallet.sent)
    page.get_by_role("button", name="Sign and publish").click()
    expect(page.locator("#own-review")).to_contain_text("On chain as well: 4 of 5")
    assert wallet.asked.count("eth_signTypedData_v4") == 1
    assert len(wallet.sent) == sent + 1
    _signature, args = codec.decode_call("ModelMarketplace", wallet.sent[-1]["data"])
    assert (args["rating"], args["review"][:1]) == (4, "b")
    # The list beside it has it too, without another visit.
    review = page.locator("#reviews-list .review", has_text="Short and true.")
    expect(review).to_contain_text("4 of 5")
    page.reload()
    expect(review).to_contain_text("4 of 5")
    good(page, "reviews")
    page.goto(OWN)
    page.get_by_text("Change it").click()
    write(page, 3, "Short, and mostly true.")
    page.get_by_role("button", name="Sign and publish").click()
    expect(page.locator("#own-review")).to_contain_text("Short, and mostly true.")
    expect(page.locator("#own-review")).to_contain_text("On chain stands an earlier rating of yours: 4 of 5.")
    page.get_by_role("button", name="Rate on chain").click()
    expect(page.locator("#own-review")).to_contain_text("On chain as well: 3 of 5")
    with somebody(browser, market, account(SELLER)) as seller:
        seller.goto("/sell/")
        seller.locator("#reviews-waiting a").click()
        waiting = seller.locator(".review-waiting", has_text="Short, and mostly true.")
        waiting.get_by_text("Answer", exact=True).click()
        waiting.get_by_label("For everybody to read").fill("Numbers come with the next version.")
        good(seller, "reviews-waiting")
        waiting.get_by_role("button", name="Publish the answer").click()
        seller.goto(OWN)
        expect(seller.locator("#own-review")).to_contain_text("This is your own model.")
    page.goto(REVIEWS)
    expect(page.locator(".review", has_text="mostly true")).to_contain_text("Numbers come with the next version.")
    page.locator(".review", has_text="mostly true").locator("a.when").click()
    expect(page.get_by_text("2 editions")).to_be_visible()
    good(page, "one-review")
    page.goto("/account/notifications")
    expect(page.get_by_text("The seller has answered your review")).to_be_visible()


def test_a_refund_takes_a_review_out_and_says_so(page: Page, wallet: TestWallet, market: Market) -> None:
    begin(page, PLAIN)
    order = buy(page)
    page.goto(OWN)
    write(page, 1, "Not what I wanted.")
    page.get_by_role("button", name="Sign and publish").click()
    expect(page.locator("#own-review")).to_contain_text("Not what I wanted.")
    page.goto(order)
    page.get_by_text("Get a refund").click()
    page.get_by_role("button", name="Refund this purchase").click()
    stands(page, "Refunded")
    market.manage("shell", "-c", FOLLOW)
    page.goto(f"{REVIEWS}?sort=newest")
    mine = page.locator(".review", has_text="Not what I wanted.")
    expect(mine).to_contain_text("Not counted: its purchase was refunded")
    expect(page.locator(".scores")).to_contain_text("its purchase was refunded (1)")
    expect(page.locator("#own-review")).to_contain_text("was refunded, so you cannot review it")
    good(page, "reviews-refunded")
    # The contract refuses the same people.
    data = codec.call_data("ModelMarketplace", "rateModel", [model_of(market), 5, ""])
    for sender in (wallet.address, account(STRANGER).address, account(SELLER).address):
        asked = {"from": sender, "to": market.address("ModelMarketplace"), "data": data}
        with pytest.raises(Exception, match="revert"):
            market.call("eth_call", asked, "latest")


def model_of(market: Market) -> str:
    return model_id(market.call("eth_accounts")[SELLER], "short-summary")


def test_a_review_is_written_by_keyboard_alone(page: Page, wallet: TestWallet) -> None:
    begin(page, PLAIN)
    buy(page)
    page.goto(OWN)
    page.locator("#own-review input[name=rating]").first.focus()
    page.keyboard.press("Space")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.type("By keys alone.")
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.matches('#own-review .btn.act')"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("#own-review")).to_contain_text("By keys alone.")
    expect(page.locator("#own-review .rated")).to_contain_text("4 of 5")


def test_scores_are_seen_in_lists_comparisons_and_on_the_models_page(page: Page) -> None:
    page.goto("/models?sort=rating")
    rated = page.locator(".model-rows td.c-rating b").first
    expect(rated).to_have_text(re.compile(r"^[1-5]\.[0-9]$"))
    good(page, "rated-rows")
    page.goto("/models?sort=rating&view=grid")
    expect(page.get_by_text(re.compile(r"rated [1-5]\.[0-9] of 5")).first).to_be_visible()
    page.goto(f"/compare?m={PLAIN.removeprefix('/models/')}&m=pocket-lab/smollm2-chat&all=1")
    expect(page.get_by_role("row", name="Site’s score")).to_be_visible()
    page.goto(PLAIN)
    block = page.locator("#reviews")
    expect(block).to_contain_text("of 5 by use")
    assert violations(page) == []
    shoot(page, "model-with-reviews")
    block.get_by_role("link", name="Read").click()
    page.wait_for_url("**/reviews")


@pytest.mark.parametrize("context_options", [{"java_script_enabled": False}])
def test_reading_takes_no_javascript(page: Page) -> None:
    page.goto(REVIEWS)
    assert page.locator("h1").is_visible()
    assert page.locator(".scores").is_visible()
    page.get_by_role("combobox", name="Order").select_option("newest")
    page.get_by_role("button", name="Show", exact=True).click()
    assert "sort=newest" in page.url


def test_no_text_of_a_review_or_an_answer_runs(browser: Browser, market: Market) -> None:
    options: dict[str, Any] = {"bypass_csp": True}
    with hostile_texts(market), browser.new_context(base_url=market.site, **options) as context:
        texts_are_inert(context)


@contextmanager
def hostile_texts(market: Market) -> Iterator[None]:
    """Keep them for a while: they would push the reviews of other tests from the first page."""
    market.manage("shell", "-c", HOSTILE)
    try:
        yield
    finally:
        market.manage("shell", "-c", FORGET_HOSTILE)


def texts_are_inert(context: BrowserContext) -> None:
    context.add_init_script(WATCH)
    page = context.new_page()
    # What is not escaped would be noticed: the same text as markup runs.
    page.goto("/about")
    page.evaluate("(text) => { document.body.insertAdjacentHTML('beforeend', text); }", "<img src=x onerror=alert(1)>")
    page.wait_for_function("() => window.ranHere?.length === 1")
    seen, path = 0, f"{REVIEWS}?sort=newest"
    while path:
        page.goto(path)
        assert ran(page) == []
        assert foreign(page, ".written") == []
        seen += page.locator(".review > .written").count()
        following = page.locator("a[rel=next]")
        path = str(following.get_attribute("href")) if following.count() else ""
    assert seen >= len(PAYLOADS) >= 300
