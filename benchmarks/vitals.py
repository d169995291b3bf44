"""How soon does a page stand still on a slow phone? Of a running demo: `SITE=http://localhost:8000 make bench-vitals`.

Chromium at a quarter of this machine's speed, behind a line of 9 Mbit/s and 60 ms, opens each page as somebody who was
never here, `ROUNDS` times; the medians count. Each figure is printed with its limit and as a ratio to it:

- LCP, the seconds until the largest piece of the page is painted;
- CLS, how much of what is seen was moved, added up over all moves (the web's own measure takes the worst five seconds);
- weight, the kilobytes on the wire, pictures and fonts among them.

The order and the desk are those of the demo's people, who are signed in before by its wallet, without the slow line.
The wall's clock is meant here: on a machine that does other work, it measures that as well.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, StorageState, sync_playwright
from playwright.sync_api import Error as BrowserError

from stack import browser as chromium

ROUNDS = 3
SLOWER, DOWN, AWAY = 4, 9_000_000 / 8, 60  # times; bytes a second; milliseconds
LIMITS = {"LCP": 2.0, "CLS": 0.02, "weight": 150.0}  # seconds, a share of the window, kilobytes
UNITS = {"LCP": " s", "CLS": "", "weight": " kB"}
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 800}, "has_touch": True, "device_scale_factor": 2}
SETTLED = 1500  # milliseconds after the last byte in which something may still move
PUBLIC = {
    "home": "/",
    "catalogue": "/models",
    "search": "/models?q=german+embeddings",
    "model": "/models/pocket-lab/smollm2-chat",
}
OBSERVE = """() => {
  window.vitals = { LCP: 0, CLS: 0 };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.vitals.LCP = entry.startTime / 1000;
  }).observe({ type: "largest-contentful-paint", buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.vitals.CLS += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
}"""


def load(page: Page, path: str) -> dict[str, float]:
    """Open a page on the slow line with an empty cache, wait until it stands still, and return its figures."""
    session = page.context.new_cdp_session(page)
    weights: list[int] = []
    session.on("Network.loadingFinished", lambda event: weights.append(int(event["encodedDataLength"])))
    session.send("Network.enable")
    line = {"offline": False, "latency": AWAY, "downloadThroughput": DOWN, "uploadThroughput": DOWN}
    session.send("Network.emulateNetworkConditions", line)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.add_init_script(f"({OBSERVE})()")
    answer = page.goto(path, wait_until="load")
    assert answer is not None
    assert answer.ok, (path, answer.status)
    page.wait_for_timeout(SETTLED)
    found: dict[str, float] = page.evaluate("() => window.vitals")
    return {**found, "weight": sum(weights) / 1000}


def measure(browser: Browser, site: str, name: str, path: str, state: StorageState | None) -> list[str]:
    """Print the line of a page; return what of it is above its limit."""
    loads = []
    for _ in range(ROUNDS):
        with visit(browser, site, state) as context:
            loads.append(load(context.new_page(), path))
    told, missed = [], []
    for figure, limit in LIMITS.items():
        found = median(each[figure] for each in loads)
        told.append(f"{figure} {found:.3g}{UNITS[figure]}, {found / limit:.2f} x of {limit:g}{UNITS[figure]}")
        if found > limit:
            missed.append(f"{figure} of {name}")
    print(f"{name}: {'; '.join(told)}", flush=True)
    return missed


@contextmanager
def visit(browser: Browser, site: str, state: StorageState | None = None) -> Iterator[BrowserContext]:
    """Give a browser on a phone that has not been here, signed in with ``state``."""
    context = browser.new_context(base_url=site, storage_state=state, **PHONE)
    yield context
    context.close()


def signed_in(browser: Browser, site: str, person: str) -> StorageState:
    """Sign in as one of the demo's people; return what the browser then keeps."""
    with visit(browser, site) as context:
        page = context.new_page()
        page.goto("/sign-in")
        page.locator("[data-personas] button").filter(has_text=person).first.click()
        page.locator("#demo-wallet button[value=yes]:visible").click()
        page.wait_for_url(lambda address: "/sign-in" not in address)
        return context.storage_state()


def an_order(browser: Browser, site: str, state: StorageState) -> str:
    """Return the path of the buyer's latest order; in a new demo, who has none, of one that is made now."""
    with visit(browser, site, state) as context:
        page = context.new_page()
        page.goto("/account/")
        orders = page.locator("main a[href*='/orders/']")
        if not orders.count():
            buy(page)
            page.goto("/account/")
        return orders.first.get_attribute("href") or ""


def buy(page: Page) -> None:
    """Buy a pass with the demo's own wallet, and wait until it is paid for good."""
    page.goto(PUBLIC["model"])
    page.get_by_label("I accept the licence").check()
    page.get_by_role("button", name="Buy access").first.click()
    page.locator("#demo-wallet button[value=yes]:visible").click()
    page.get_by_role("heading", name="It is yours").wait_for()


def measure_all(browser: Browser, site: str) -> list[str]:
    """Measure every page; return what is above its limit."""
    missed = [each for name, path in PUBLIC.items() for each in measure(browser, site, name, path, None)]
    buyer, seller = (signed_in(browser, site, person) for person in ("Buyer", "Seller"))
    missed += measure(browser, site, "order", an_order(browser, site, buyer), buyer)
    return missed + measure(browser, site, "sell", "/sell/", seller)


def main() -> int:
    """Return 1 if a figure is above its limit, or no demo runs."""
    site = (sys.argv[1:] or [os.environ.get("SITE", "http://localhost:8000")])[0]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium.find(), args=["--no-sandbox", "--disable-gpu"])
        try:
            missed = measure_all(browser, site)
        except BrowserError as error:
            print(
                f"No demo answers at {site}; start one, or name its address by SITE. ({error.message.splitlines()[0]})"
            )
            return 1
        finally:
            browser.close()
    print("all below their limits" if not missed else f"above the limit: {', '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
