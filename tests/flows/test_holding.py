"""What comes after a purchase: an engine of one's own, money back, a gate that opens and closes, a new version."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from stack import engine
from tests import loopback

from .browsing import COLOUR_RULES, opened, overflow, shoot, small_targets, unreached, violations
from .market import ETHER, Market, order, pay, ready, stands
from .publishing import saved, sign_in, working
from .selling_by_toml import list_model, runnable, sign_and_list, upload
from .server import PATIENCE
from .wallet import TestWallet

STARTING = 240_000  # ms: torch is slow to load on a busy machine

pytestmark = [pytest.mark.xdist_group("selling"), pytest.mark.long(240)]


@pytest.fixture(scope="module")
def site(market: Market) -> Iterator[str]:
    """The market's, with its tasks."""
    with working(market):
        yield market.site


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return runnable(tmp_path / "letters")


@contextmanager
def somebody(browser: Browser, market: Market) -> Iterator[Page]:
    """Another window, with a wallet of its own that has coin."""
    with opened(browser, market.site) as (page, _guard):
        wallet = TestWallet(page, market.node)
        market.call("anvil_setBalance", wallet.address, hex(ETHER))
        yield page


@contextmanager
def engines(market: Market, folder: Path) -> Iterator[None]:
    """Run who owns the engines of holders' own, in the engines' environment."""
    engine.ensure_packages()
    # Under an address beside which no weights lie: the demo's would be copied and hashed first.
    python = folder / "bin" / "python"
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\nexec "{engine.PYTHON}" "$@"\n')
    python.chmod(0o755)
    command = [sys.executable, "manage.py", "run_engines"]
    variables = {**market.variables, "ENGINE_PYTHON": str(python)}
    owner = subprocess.Popen(command, env=variables, cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        owner.terminate()
        owner.wait(PATIENCE)


def look_at(page: Page, name: str) -> None:
    """Ask axe in both themes, and see that the keyboard comes everywhere and that it fits a phone and its fingers."""
    assert unreached(page) == [], name
    assert violations(page) == [], name
    shoot(page, f"holding-{name}")
    page.emulate_media(color_scheme="dark")
    assert violations(page, COLOUR_RULES) == [], name
    shoot(page, f"holding-{name}-dark")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 360, "height": 800})
    shoot(page, f"holding-{name}-360")
    assert overflow(page) <= 0, name
    page.set_viewport_size({"width": 1440, "height": 900})


def buy(page: Page) -> str:
    """Buy from the page of a model; return the order's address."""
    page.get_by_label("I accept the licence").check()
    pay(page)
    stands(page, "It is yours")
    return page.url


def download(page: Page, files: str, name: str) -> str:
    """Download a file from the page of a release, which verifies it; return its address."""
    page.goto(files)
    ready(page, "file-check")
    link = page.get_by_role("link", name=f"Download {name}", exact=True)
    address = link.get_attribute("href")
    assert address
    with page.expect_download():
        link.click()
    expect(page.get_by_text("Verified: its sha256 is the one above.")).to_be_visible()
    return address


def test_a_holder_runs_an_engine_of_their_own_and_a_refund_ends_all_of_it(
    page: Page, wallet: TestWallet, browser: Browser, market: Market, folder: Path, tmp_path: Path
) -> None:
    sign_in(page, "/sell/")
    model = list_model(page, folder, "letter-house/letters")
    with somebody(browser, market) as holder, engines(market, tmp_path):
        holder.goto(model)
        order(holder)
        bought = buy(holder)
        holder.get_by_role("link", name="Get its files").click()
        holder.wait_for_url("**/files")
        address = download(holder, f"{model}/files", "model.safetensors")
        look_at(holder, "files")
        start = holder.get_by_role("button", name="Start my engine")
        start.focus()
        holder.keyboard.press("Enter")
        key = holder.locator("#engine-key").inner_text()
        expect(holder.locator("#engine-state")).to_contain_text("Running. It stops in", timeout=STARTING)
        look_at(holder, "engine")
        base = holder.locator("#engine-state code").first.inner_text()
        body = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 4}
        with loopback.client(market.site, timeout=60) as caller:
            refused = caller.post(f"{base}/chat/completions", json=body, headers={"Authorization": "Bearer eng-none"})
            assert refused.status_code == 401
            answer = caller.post(f"{base}/chat/completions", json=body, headers={"Authorization": f"Bearer {key}"})
            assert answer.status_code == 200, answer.text
            assert answer.json()["choices"][0]["message"]["role"] == "assistant"
        holder.get_by_role("button", name="Stop it").press("Enter")
        expect(holder.locator("#engine-state")).to_contain_text("You stopped it.")
        holder.goto("/engines/")
        expect(holder.locator("main")).to_contain_text(model.removeprefix("/models/"))
        look_at(holder, "engines")
        holder.goto(bought)
        holder.get_by_text("Get a refund").click()
        holder.get_by_role("button", name="Refund this purchase").click()
        stands(holder, "Refunded")
        expect(holder.locator("#order")).to_contain_text("Final")
        assert holder.request.get(address).status == 404
        assert holder.request.get(f"{model}/own-engine").status == 404
        holder.goto(f"{model}/files")
        expect(holder.get_by_text("You hold none on the chain that you signed in on.")).to_be_visible()
        assert holder.get_by_role("link", name="Download model.safetensors").count() == 0


def test_a_gate_opens_and_closes_and_a_new_version_leaves_the_old_address(
    page: Page, wallet: TestWallet, browser: Browser, market: Market, folder: Path
) -> None:
    sign_in(page, "/sell/")
    model = list_model(page, folder, "gate-house/letters", mode="gated")
    with somebody(browser, market) as asker:
        sign_in(asker, f"{model}/access")
        asker.get_by_label("What do you want to use it for?").fill("To write letters to nobody.")
        asker.get_by_label("I accept the licence").check()
        look_at(asker, "asking")
        asker.get_by_role("button", name="Ask the seller").press("Enter")
        expect(asker.get_by_text("waits for the seller")).to_be_visible()
        _let_in(page, model)
        asker.goto(model)
        expect(asker.get_by_label("I accept the licence")).to_be_visible()
        buy(asker)
        before = download(asker, f"{model}/files", "README.md")
        _publish_version(page, model, folder)
        asker.goto(f"{model}/versions")
        expect(asker.locator("#v1\\.1\\.0")).to_contain_text("It says more of itself.")
        look_at(asker, "versions")
        asker.get_by_role("link", name="What changed since 1.0.0").click()
        expect(asker.locator("#compared")).to_contain_text("README.md")
        asker.goto(f"{model}/v/1.0.0")
        look_at(asker, "old-version")
        old, new = (asker.request.get(f"{model}/v/{number}/files/README.md") for number in ("1.0.0", "1.1.0"))
        assert [each.status for each in (old, new)] == [200, 200]
        assert hashlib.sha256(asker.request.get(before).body()).digest() == hashlib.sha256(old.body()).digest()
        assert new.body() == (folder / "README.md").read_bytes() != old.body()
        _keep_out(page, model, asker)
        assert asker.request.get(before).status == 403
        asker.goto(f"{model}/files")
        expect(asker.get_by_role("link", name="Download README.md")).to_have_count(0)
        expect(asker.locator("main")).to_contain_text("It was for letters to somebody.")
        look_at(asker, "kept-out")


def _let_in(seller: Page, model: str) -> None:
    """Answer the one request, and sign the list that the chain is to have."""
    seller.goto("/sell/requests/")
    seller.get_by_role("checkbox").check()
    look_at(seller, "requests")
    seller.get_by_role("button", name="Let the chosen in").click()
    seller.goto(f"/sell{model}/access")
    ready(seller, "seller-desk")
    look_at(seller, "gate")
    seller.get_by_role("button", name="Sign the list").click()
    expect(seller.locator("main")).to_contain_text("has this list")


def _publish_version(seller: Page, model: str, folder: Path) -> None:
    """Publish 1.1.0 with another README."""
    seller.goto(f"/sell{model}/versions")
    look_at(seller, "own-versions")
    seller.get_by_role("button", name="New version").click()
    seller.wait_for_url("**/sell/drafts/**")
    draft = seller.url.rpartition("/")[0]
    seller.goto(f"{draft}/name")
    ready(seller, "draft-form")
    seller.locator("#f-version").fill("1.1.0")
    seller.locator("#f-changelog").fill("It says more of itself.")
    saved(seller)
    (folder / "README.md").write_text("# Tiny\n\nRandom weights, and a longer text about them.\n")
    upload(seller, draft, folder)
    sign_and_list(seller, draft)


def _keep_out(seller: Page, model: str, asker: Page) -> None:
    """Close the model to one address."""
    address = asker.locator("meta[name=account]").get_attribute("content")
    assert address
    seller.goto(f"/sell{model}/access")
    seller.set_viewport_size({"width": 360, "height": 800})
    assert small_targets(seller) == []
    seller.set_viewport_size({"width": 1440, "height": 900})
    seller.get_by_label("Address", exact=True).fill(address)
    seller.get_by_label("Keep it out").check()
    seller.get_by_label("Why it is kept out").fill("It was for letters to somebody.")
    seller.get_by_role("button", name="Save").last.click()
    expect(seller.locator("main")).to_contain_text("It was for letters to somebody.")
