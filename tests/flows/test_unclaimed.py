"""A model that its seller lists with a tool of their own: it appears by itself, and its seller claims it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from contracts.chain import codec
from marketplace.files.cids import cid_of
from marketplace.listings.metadata import address_of, canonical
from tests import loopback
from tests.stack.ipfs_nodes import IpfsProcess, ipfs_process
from tests.waiting import until

from .browsing import COLOUR_RULES, opened, overflow, shoot, small_targets, unreached, violations
from .market import ETHER, Market
from .publishing import sign_in
from .server import PATIENCE
from .wallet import Signer, TestWallet

pytestmark = [pytest.mark.xdist_group("selling"), pytest.mark.long(60)]
NAME = "cast-house/contracts"
DOCUMENT: dict[str, Any] = {
    "name": NAME,
    "version": "1.0.0",
    "summary": "Summarises legal contracts in German.",
    "task": "summarization",
    "license": "apache-2.0",
    "files": [{"path": "model.safetensors", "size": 10, "sha256": "a" * 64}],
    "terms": "None.",
}
NONE = "0x" + "0" * 64


@pytest.fixture(scope="module")
def site(market: Market) -> str:
    """The market's."""
    return market.site


@pytest.fixture
def node(market: Market, tmp_path_factory: pytest.TempPathFactory) -> Iterator[IpfsProcess]:
    """A node of IPFS, and beside it who reads what chains name."""
    with ipfs_process(tmp_path_factory.mktemp("node")) as running:
        command = [sys.executable, "manage.py", "index_metadata", "--follow"]
        variables = {**market.variables, "IPFS_API": running.url}
        reader = subprocess.Popen(command, env=variables, cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL)
        try:
            yield running
        finally:
            reader.terminate()
            reader.wait(PATIENCE)


def look_at(page: Page, name: str) -> None:
    """Ask axe in both themes, and see that the keyboard comes everywhere and that it fits a phone and its fingers."""
    assert unreached(page) == [], name
    assert violations(page) == [], name
    shoot(page, f"unclaimed-{name}")
    page.emulate_media(color_scheme="dark")
    assert violations(page, COLOUR_RULES) == [], name
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 360, "height": 800})
    shoot(page, f"unclaimed-{name}-360")
    assert overflow(page) <= 0, name
    assert small_targets(page) == [], name
    page.set_viewport_size({"width": 1440, "height": 900})


def list_as_cast_does(market: Market, signer: Signer, metadata: str) -> str:
    """Send the raw transaction that lists a model; return the model's id."""
    model = f"{signer.address.lower()}{1:024x}"
    terms = {
        "modelId": model,
        "category": 0,
        "free": False,
        "metadata": metadata,
        "plans": [{"plan": 0, "token": NONE[:42], "price": ETHER // 50, "period": 0}],
        "recipients": [],
        "bps": [],
        "parent": NONE,
        "royaltyBps": 0,
        "searchTerms": [],
        "rates": [],
    }
    data = codec.call_data("ModelMarketplace", "list", [terms])
    call = {"from": signer.address, "to": market.address("ModelMarketplace"), "data": data}
    assert "result" in signer.answer("eth_sendTransaction", [call])
    return model


def test_a_model_listed_by_a_raw_transaction_appears_and_its_seller_claims_it(
    page: Page, wallet: TestWallet, browser: Browser, market: Market, node: IpfsProcess
) -> None:
    content = canonical(DOCUMENT)
    with node.node as kept:
        kept.put(cid_of(content), content)
        kept.pin(cid_of(content))
    model = list_as_cast_does(market, wallet, address_of(cid_of(content)))
    until(lambda: "legal contracts in German" in loopback.get(f"{market.site}/models/unclaimed").text, every=0.2)
    with opened(browser, market.site) as (visitor, _guard):
        visitor.goto("/models/unclaimed")
        look_at(visitor, "list")
        visitor.get_by_role("link", name=NAME).click()
        expect(visitor.get_by_role("heading", name=NAME)).to_be_visible()
        look_at(visitor, "one")
        assert visitor.get_by_role("button", name="Claim this model").count() == 0
        assert visitor.goto(f"/models/{NAME}").status == 404  # type: ignore[union-attr]  # it is a page
    sign_in(page, "/sell/")
    page.get_by_role("link", name="1 of your models on chain is not claimed").click()
    look_at(page, "own")
    page.get_by_role("link", name=NAME).click()
    assert page.url.endswith(model)
    page.get_by_role("button", name="Claim this model").press("Enter")
    page.wait_for_url(f"**/models/{NAME}")
    expect(page.locator("main")).to_contain_text("Summarises legal contracts in German.")
    page.goto("/models/unclaimed")
    expect(page.get_by_role("link", name=NAME)).to_have_count(0)
    assert len(wallet.sent) == 1
