"""The real site in a real Chromium."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from stack import browser as chromium
from tests import databases, services

from .browsing import Guard, opened
from .market import ETHER, Beginning, Market, begun, trading
from .server import running
from .stack_demo import demo  # noqa: F401  a fixture
from .wallet import TestWallet

PATIENCE = 60_000  # ms that a page may take to become so: some blocks and the indexer's looks, beside other work
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="package")
def catalogue(catalogue_database: str) -> Iterator[str]:
    """The URL of a database with the catalogue, apart from that of the other tests: no query of ours runs there.

    (While a browser is open, its loop runs in this thread, and Django would refuse them.)
    """
    with databases.copied(catalogue_database, f"flows_{services.WORKER}") as name:
        yield databases.url(name)


@pytest.fixture(scope="package")
def site(catalogue: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the site over the catalogue."""
    with running(tmp_path_factory.mktemp("site"), DATABASE_URL=catalogue) as address:
        yield address


@pytest.fixture(scope="package")
def debug_site(catalogue: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same in debug, where the styleguide is."""
    home = tmp_path_factory.mktemp("debug")
    settings = {"DJANGO_SETTINGS_MODULE": "config.settings.demo", "DEMO_DIR": str(home), "DEBUG": "1"}
    with running(home, DATABASE_URL=catalogue, **settings) as address:
        yield address


@pytest.fixture(scope="session")
def beginning(catalogue_database: str, tmp_path_factory: pytest.TempPathFactory) -> Beginning:
    """What the markets of all workers are copied from; it lies in the folder of the run."""
    own = tmp_path_factory.getbasetemp()
    return begun(catalogue_database, (own.parent if services.WORKER else own) / "beginning")


@pytest.fixture(scope="package")
def open_market(beginning: Beginning, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """One market for all of a worker's tests in which something is bought or sold; it goes when these are over."""
    with trading(tmp_path_factory.mktemp("market"), beginning, "market") as running_market:
        yield running_market


@pytest.fixture(scope="module")
def market(open_market: Market) -> Iterator[Market]:
    """That market, in which time goes on for a module's tests, which override ``site``, and for nobody else's."""
    open_market.call("evm_setIntervalMining", 1)
    yield open_market
    open_market.call("evm_setIntervalMining", 0)


@pytest.fixture
def wallet(page: Page, market: Market) -> TestWallet:
    """The page's wallet, on the market's chain, with one ether."""
    made = TestWallet(page, market.node)
    market.call("anvil_setBalance", made.address, hex(ETHER))
    return made


@pytest.fixture(scope="package")
def browser(django_db_setup: None) -> Iterator[Browser]:
    """Chromium, for the flows that follow one another: its loop must not run while the tests of other folders do.

    The worker's database is made before it, because Django opens and closes no connection beside a loop that runs.
    """
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=chromium.find(), args=CHROMIUM_FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def context_options() -> dict[str, Any]:
    """How the page's context is opened; a test overrides it by ``parametrize``."""
    return {}


@pytest.fixture
def guarded(browser: Browser, site: str, context_options: dict[str, Any]) -> Iterator[tuple[Page, Guard]]:
    """An empty page and the guard that fails the test on a CSP violation, console error, page error or 5xx."""
    with opened(browser, site, **context_options) as pair:
        yield pair


@pytest.fixture
def page(guarded: tuple[Page, Guard]) -> Page:
    """An empty page under guard."""
    return guarded[0]


@pytest.fixture
def guard(guarded: tuple[Page, Guard]) -> Guard:
    """The guard of ``page``."""
    return guarded[1]
