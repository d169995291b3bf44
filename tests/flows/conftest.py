"""The real site in a real Chromium."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from stack import browser as chromium

from .browsing import Guard, opened
from .server import running

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def site(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the site over the imported catalogue."""
    with running(tmp_path_factory.mktemp("site")) as address:
        yield address


@pytest.fixture(scope="session")
def debug_site(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same in debug, where the styleguide is."""
    home = tmp_path_factory.mktemp("debug")
    settings = {"DJANGO_SETTINGS_MODULE": "config.settings.demo", "DEMO_DIR": str(home), "DEBUG": "1"}
    with running(home, **settings) as address:
        yield address


@pytest.fixture(scope="module")
def browser(django_db_setup: None) -> Iterator[Browser]:
    """Chromium, for one module: while its loop runs in this thread, Django refuses every query of ours."""
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
