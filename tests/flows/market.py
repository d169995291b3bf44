"""A market for the browser tests: the site over the demo's chain, sixty days old, with an indexer that follows it.

Contracts are deployed and the sixty days sent once a run, which takes fifteen seconds of a core; each market is a copy
of that.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

import psycopg
from django.conf import settings
from playwright.sync_api import Page, expect

from contracts.chain import codec
from marketplace.demo.history import model_id
from stack.anvil import ACCOUNTS
from tests import anvil, databases, services

from .server import PATIENCE, running

SIXTY_DAYS = 60 * 86_400
PEOPLE = ("--accounts", str(ACCOUNTS))
STATE, FILES = "state.json", "model_files"  # in the folder of a beginning
ETHER = 10**18
NAME = "plain-words/short-summary"
MODEL = f"/models/{NAME}"
OWNED = re.compile(r"\bIt (cannot|can) be (transferred|resold)")  # what the page of a model says to those who have it
SHARERS, SHARES = (26, 27, 28), (5_000, 3_333, 1_667)  # of anvil's accounts, and their parts in 1/10,000
SHARED_PRICE = ETHER + 7  # which nothing divides
# No engine runs beside these tests: what they show is the money.
READY = """insert into marketplace_listingruntime (listing_id, state, state_since, checked_at)
  select listing_id, 'ready', now(), now() from marketplace_adoption
  on conflict (listing_id) do update set state = 'ready'"""


@dataclass(frozen=True)
class Market:
    """The addresses of the site and of its chain, which makes a block a second unless a test holds its clock."""

    site: str
    node: str
    contracts: dict[str, str]
    variables: dict[str, str]  # the environment of its commands

    def manage(self, *command: str) -> None:
        """Run a command of manage.py beside it, to its end."""
        _manage(list(command), self.variables)

    def call(self, method: str, *params: Any) -> Any:
        """Return the result of one JSON-RPC call."""
        return anvil.call(self.node, method, *params)

    def mine(self, blocks: int = 1) -> None:
        """Make so many blocks, a second apart."""
        self.call("anvil_mine", hex(blocks), "0x1")

    def balance(self, address: str) -> int:
        """Return what an address has at the latest block, in wei."""
        return int(self.call("eth_getBalance", address, "latest"), 16)

    def address(self, contract: str) -> str:
        """Return where one of the contracts is."""
        return self.contracts[contract]

    @contextmanager
    def held(self) -> Iterator[None]:
        """Make no block until the context ends but those that are asked for."""
        self.call("evm_setIntervalMining", 0)
        try:
            yield
        finally:
            self.call("evm_setIntervalMining", 1)


@dataclass(frozen=True)
class Beginning:
    """A market to be copied: its database, and the folder with its chain's state and all else that it keeps."""

    database: str
    folder: Path


def begun(catalogue: str, folder: Path) -> Beginning:
    """Make the beginning of all markets over a copy of the catalogue's database, unless another worker has."""
    return Beginning(databases.make("market", catalogue, partial(_begin, folder)), folder)


def _begin(folder: Path, name: str) -> None:
    """Deploy and seed a market; its chain leaves its state when it ends."""
    rmtree(folder, ignore_errors=True)  # of one that failed
    (folder / FILES).mkdir(parents=True)
    began = ("--timestamp", str(int(time.time()) - SIXTY_DAYS))
    with anvil.running(*PEOPLE, *began, "--dump-state", str(folder / STATE)) as node:
        variables = _variables(folder, node, databases.url(name)) | {"MODEL_FILES": str(folder / FILES)}
        _manage(["deploy_contracts", "--chain", "anvil"], variables)
        _share(node, _contracts(folder)["ModelMarketplace"])
        _manage(["seed_demo"], variables)
    with psycopg.connect(databases.url(name), autocommit=True) as rows:
        rows.execute(READY)


@contextmanager
def trading(home: Path, beginning: Beginning, name: str) -> Iterator[Market]:
    """Run a market from the beginning on, over a database ``name`` of its own, until the context ends."""
    copytree(beginning.folder, home, dirs_exist_ok=True)
    copytree(home / FILES, os.environ["MODEL_FILES"], dirs_exist_ok=True)
    with (
        databases.copied(beginning.database, f"{name}_{services.WORKER}") as copy,
        anvil.running(*PEOPLE, "--load-state", str(home / STATE)) as node,
    ):
        last = int(anvil.call(node, "eth_getBlockByNumber", "latest", False)["timestamp"], 16)
        anvil.call(node, "evm_setTime", max(int(time.time()), last + 1))
        variables = _variables(home, node, databases.url(copy))
        with psycopg.connect(databases.url(copy), autocommit=True) as rows:
            rows.execute("update contracts_chain set rpc_urls = %s", [[node]])
        anvil.call(node, "evm_setIntervalMining", 1)
        follow = [sys.executable, "manage.py", "index_chain", "--follow"]
        indexer = subprocess.Popen(follow, env=variables, cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL)
        try:
            with running(home, **variables) as site:
                yield Market(site, node, _contracts(home), variables)
        finally:
            indexer.terminate()
            indexer.wait(PATIENCE)


def _variables(home: Path, node: str, database: str) -> dict[str, str]:
    own = {"DJANGO_SETTINGS_MODULE": "config.settings.demo", "DEMO_DIR": str(home), "RPC_URLS_ANVIL": node}
    return {**os.environ, **own, "DATABASE_URL": database}


def _contracts(home: Path) -> dict[str, str]:
    return dict(json.loads((home / "deployments" / "31337.json").read_text())["contracts"])


def _share(node: str, market: str) -> None:
    """Sell a model that three share, sixty days ago, so that what it earned has matured."""
    accounts = anvil.call(node, "eth_accounts")
    seller, buyer = accounts[SHARERS[0]], accounts[SHARERS[-1] + 1]
    model, none = model_id(seller, "shared"), "0x" + "0" * 64
    terms = {
        "modelId": model,
        "category": 0,
        "free": False,
        "metadata": "ipfs://shared",
        "plans": [{"plan": 0, "token": none[:42], "price": SHARED_PRICE, "period": 0}],
        "recipients": [accounts[each] for each in SHARERS],
        "bps": SHARES,
        "parent": none,
        "royaltyBps": 0,
        "searchTerms": [],
        "rates": [],
    }
    for sender, function, arguments, value in (
        (seller, "list", [terms], 0),
        (buyer, "purchaseAccess", [model], SHARED_PRICE),
    ):
        data = codec.call_data("ModelMarketplace", function, arguments)
        anvil.call(node, "eth_sendTransaction", {"from": sender, "to": market, "data": data, "value": hex(value)})


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


def order(page: Page) -> None:
    """Connect and sign in from the model's page, and fill in what a lasting pass takes."""
    page.get_by_role("link", name="Connect a wallet to buy").click()
    page.get_by_role("button", name="Test wallet").click()
    licence = page.get_by_label("I accept the licence")
    expect(licence).to_be_visible()  # once the page knows who reads it
    licence.check()


def ready(page: Page, element: str) -> None:
    """Wait until a part of the page has its script: what is pressed before goes the way without one, or nowhere."""
    expect(page.locator(f"{element}:defined")).to_be_attached()


def pay(page: Page) -> None:
    """Press the one button: the wallet opens by itself, on the order's page."""
    page.get_by_role("button", name="Buy access").click()
    page.wait_for_url("**/orders/*")
    ready(page, "order-flow")


def reopen(page: Page) -> None:
    """Open the wallet from the order's page, where it did not open by itself."""
    ready(page, "order-flow")
    page.get_by_role("button", name="Open your wallet").click()


def stands(page: Page, heading: str) -> None:
    """Wait until the order's open page has this headline."""
    expect(page.get_by_role("heading", name=heading)).to_be_visible()


def step(page: Page, text: str) -> None:
    """Wait until this is the step that the order is at."""
    expect(page.locator("[aria-current=step]")).to_contain_text(text)
