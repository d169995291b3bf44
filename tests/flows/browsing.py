"""What a browser test does with a page: open it under guard, ask axe about it, photograph it, weigh it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, ViewportSize

AXE = settings.BASE_DIR / "node_modules" / "axe-core" / "axe.min.js"
SCREENSHOTS = settings.BASE_DIR / "screenshots"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOUR_RULES = ["color-contrast", "link-in-text-block"]  # what another theme can break
REPORT_CSP = """document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`))"""

# Words and parts of names that stand on two lines, in what is seen; a browser breaks after a hyphen by itself.
SPLIT_WORDS = """() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const split = [];
  for (let text; (text = texts.nextNode()); ) {
    const host = text.parentElement;
    if (host.closest("script, style, pre, code") || host.getBoundingClientRect().width <= 1) continue;
    for (const word of text.data.matchAll(/[\\p{L}\\p{N}]{3,}/gu)) {
      const range = new Range();
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      const tops = [...range.getClientRects()].filter((part) => part.width > 1).map((part) => Math.round(part.top));
      if (new Set(tops).size > 1) split.push(word[0]);
    }
  }
  return split;
}"""

# What fingers press, and how far it reaches from its middle, in CSS pixels: width x height. What stands within a
# sentence is as high as its line; a drawing's links stand beside it as a list.
SMALL_TARGETS = """() => {
  const least = 44;
  const pressed = "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=option]";
  const isSeen = (each) => {
    const box = each.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && each.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  };
  const isInText = (each) => getComputedStyle(each).display === "inline"
    && [...each.parentElement.childNodes].some((other) => other.nodeType === 3 && /\\S/.test(other.data));
  const takes = (each, x, y) => {
    const at = document.elementFromPoint(x, y);
    return at !== null && (each.contains(at) || at.closest("label")?.control === each);
  };
  const reach = (each, dx, dy, most) => {
    const box = each.getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    let far = 0;
    while (far < most && takes(each, x + dx * far, y + dy * far)) far++;
    return far;
  };
  // Both ways together; once that is enough it goes no further, because each pixel is a question to the browser.
  const across = (each, dx, dy) => {
    const there = reach(each, dx, dy, least / 2);
    const back = reach(each, -dx, -dy, least - there);
    return there + back < least && there === least / 2 ? reach(each, dx, dy, least) + back : there + back;
  };
  const small = [];
  for (const each of document.querySelectorAll(pressed)) {
    if (each.disabled || each.closest("svg, .visually-hidden, .skip-link") || !isSeen(each) || isInText(each)) continue;
    each.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
    const [wide, tall] = [across(each, 1, 0), across(each, 0, 1)];
    if (wide && (wide < least || tall < least)) small.push(`${wide}x${tall}: ${each.outerHTML.slice(0, 120)}`);
  }
  scrollTo(0, 0);
  return small;
}"""


# What of the page's own part one can press, and what of it had no focus yet. Of radio buttons one does for all.
TO_REACH = """() => {
  const pressed = "main :is(a[href], button, input:not([type=hidden]), select, textarea, summary)";
  const isOther = (each) => each.type === "radio" && !each.checked
    && document.querySelector(`input[type=radio][name="${CSS.escape(each.name)}"]:checked`) !== null;
  const isSeen = (each) => each.checkVisibility({ visibilityProperty: true }) && each.getBoundingClientRect().width > 1;
  const isMeant = (each) => isSeen(each) && !each.disabled && !isOther(each);
  const all = [...document.querySelectorAll(pressed)].filter(isMeant);
  window.toReach = new Set(all);
  document.addEventListener("focusin", (event) => window.toReach.delete(event.target));
  document.activeElement?.blur();
  return all.length;
}"""
UNREACHED = "() => [...window.toReach].filter((each) => each.isConnected).map((each) => each.outerHTML.slice(0, 120))"
AROUND = 60  # what stands before and behind a page's own part, and can be focused without being pressed

# What a page is still fetching is paler until it is there. And what is pinned may lie over a target: one scrolls.
ASK_AXE = """(async () => {
  for (let looks = 0; looks < 100 && document.querySelector(".htmx-request"); looks++)
    await new Promise((go) => setTimeout(go, 50));
  const isPinned = (element) => {
    for (let each = element; each; each = each.parentElement)
      if (["sticky", "fixed"].includes(getComputedStyle(each).position)) return true;
    return false;
  };
  const isCovered = (node) => node.any.some((check) => check.relatedNodes.some(({ element }) => isPinned(element)));
  const found = (await axe.run(OPTIONS)).violations;
  return found.flatMap(({ id, nodes }) => nodes.filter((node) => id !== "target-size" || !isCovered(node)).map(
    ({ html, failureSummary }) => `${id}: ${html.slice(0, 200)}: ${failureSummary.slice(0, 200)}`));
})()"""


class Guard:
    """Collects what must not happen on any page; a test that provokes a fault names it in ``expected``."""

    def __init__(self, page: Page) -> None:
        self.complaints: list[str] = []
        self.expected: tuple[str, ...] = ()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        # Chromium reports each 4xx as a console error; the status is the business of the test that asked for it.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.complaints.append(f"console: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.status}: {response.url}")

    def check(self) -> None:
        """Fail on every complaint that the test did not expect."""
        surprises = [said for said in self.complaints if not any(known in said for known in self.expected)]
        assert not surprises, surprises


@contextmanager
def opened(browser: Browser, site: str, *, width: int = 1440, **options: Any) -> Iterator[tuple[Page, Guard]]:
    """Open an empty page in a context of its own; on leaving, fail if it broke the CSP, logged or met an error."""
    viewport: ViewportSize = {"width": width, "height": 900 if width > 720 else 780}
    # Nothing tests how things move, and what moves is painted by the processor.
    still: dict[str, Any] = {"reduced_motion": "reduce", **options}
    context = browser.new_context(base_url=site, viewport=viewport, has_touch=width <= 720, **still)
    context.set_default_timeout(60_000)  # a machine that does other work besides is slow, not wrong
    page = context.new_page()
    page.add_init_script(REPORT_CSP)
    guard = Guard(page)
    try:
        yield page, guard
        guard.check()
    finally:
        context.close()


def violations(page: Page, rules: list[str] = AXE_TAGS) -> list[str]:
    """Return what axe-core finds wrong, a line each; run through the debugger, which the CSP does not bind.

    ``rules`` are names of rules, or tags of some.
    """
    session = page.context.new_cdp_session(page)
    if session.send("Runtime.evaluate", {"expression": "typeof axe"})["result"]["value"] == "undefined":
        session.send("Runtime.evaluate", {"expression": AXE.read_text(), "silent": True})
    wanted = "resultTypes: ['violations'], selectors: false, elementRef: true"  # what is well is half of its work
    options = f"{{runOnly: {rules}, {wanted}}}"
    ask = {"expression": ASK_AXE.replace("OPTIONS", options), "awaitPromise": True, "returnByValue": True}
    answer = session.send("Runtime.evaluate", ask)
    session.detach()
    assert "exceptionDetails" not in answer, answer
    assert isinstance(answer["result"]["value"], list), answer
    return [str(each) for each in answer["result"]["value"]]


def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than the window."""
    return int(page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth"))


def split_words(page: Page) -> list[str]:
    """Return the words that the width of the page breaks in their middle."""
    return list(page.evaluate(SPLIT_WORDS))


def small_targets(page: Page) -> list[str]:
    """Return what is too small for a finger, with its reach."""
    return list(page.evaluate(SMALL_TARGETS))


def unreached(page: Page) -> list[str]:
    """Return what one can press and the keyboard alone does not come to, by Tab from the beginning of the page."""
    for _ in range(int(page.evaluate(TO_REACH)) + AROUND):
        page.keyboard.press("Tab")
    return list(page.evaluate(UNREACHED))


def shoot(page: Page, name: str) -> None:
    """Write screenshots/<name>.png of the whole page, where SCREENSHOTS is set in the environment."""
    if "SCREENSHOTS" not in os.environ:
        return
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


class Scales:
    """Weighs what a page transfers, in bytes on the wire; pictures do not count."""

    def __init__(self, page: Page) -> None:
        self.kinds: dict[str, str] = {}
        self.weights: dict[str, int] = {}
        session = page.context.new_cdp_session(page)
        session.on("Network.responseReceived", self._received)
        session.on("Network.loadingFinished", self._finished)
        session.send("Network.enable")

    def _received(self, event: dict[str, Any]) -> None:
        self.kinds[event["requestId"]] = event["type"]

    def _finished(self, event: dict[str, Any]) -> None:
        if self.kinds.get(event["requestId"]) != "Image":
            self.weights[event["requestId"]] = int(event["encodedDataLength"])

    @property
    def total(self) -> int:
        """Bytes transferred so far."""
        return sum(self.weights.values())
