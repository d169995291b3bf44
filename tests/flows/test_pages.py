"""Every page, in both themes and at both widths: it loads, fits, weighs little and is accessible."""

import pytest
from playwright.sync_api import Browser

from .browsing import COLOUR_RULES, Scales, opened, overflow, shoot, small_targets, split_words, violations

pytestmark = [pytest.mark.xdist_group("pages"), pytest.mark.long(220)]
PAGES = {
    "home": "/",
    "catalogue": "/models",
    "catalogue-filtered": "/models?q=multilingual&task=feature-extraction",
    "catalogue-empty": "/models?q=zzzzqqqq",
    "catalogue-grid": "/models?view=grid",
    "model-rich": "/models/sentence-transformers/all-MiniLM-L6-v2",
    "model-priced": "/models/openai/gpt-oss-120b",
    "owner": "/models/sentence-transformers",
    "owner-long-names": "/models/timm",
    "about": "/about",
    "commands": "/commands",
    "suggestions": "/search/suggestions?q=embedding+germ",
    "keyboard": "/keyboard",
    "sign-in": "/sign-in",
    "api": "/api/",
    "terms": "/terms",
    "privacy": "/privacy",
    "person-unknown": "/u/0x70997970c51812dc3a010c7d01b50e0d17dc79c8",
    "reputation": "/reputation",
    "unclaimed": "/models/unclaimed",
    "node-pins": "/pins",
    "not-found": "/models/nobody/nothing",
}
BUDGET = 150_000  # bytes on the wire, without pictures
# A button that says nothing, words as pale as their ground, a wide line, and a small button with a word in two parts.
SPOILT = """() => {
  const add = (html) => {
    document.querySelector("main").insertAdjacentHTML("beforeend", html);
    return document.querySelector("main").lastElementChild;
  };
  add("<button></button>");
  Object.assign(add("<p>Pale words</p>").style, { color: "#888", background: "#999" });
  Object.assign(add("<p>Wide</p>").style, { width: "3000px" });
  Object.assign(add("<p>Broken</p>").style, { width: "2em", overflowWrap: "anywhere" });
  Object.assign(add("<button>x</button>").style, { all: "unset", width: "9px", height: "9px" });
}"""


@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("name", [*PAGES, "styleguide"])
def test_page_loads_fits_weighs_little_and_is_accessible(
    request: pytest.FixtureRequest, browser: Browser, name: str, width: int
) -> None:
    site = request.getfixturevalue("debug_site" if name == "styleguide" else "site")
    with opened(browser, site, width=width, color_scheme="light") as (page, _):
        scales = Scales(page)
        answer = page.goto(PAGES.get(name, "/styleguide"))
        page.evaluate("() => document.fonts.ready.then(() => true)")
        assert answer is not None
        assert answer.status == (404 if name == "not-found" else 200)
        assert page.locator("h1").count() == 1
        shoot(page, f"{name}-light-{width}")
        assert overflow(page) <= 0
        assert split_words(page) == []
        assert width > 360 or small_targets(page) == []
        assert violations(page) == []
        page.emulate_media(color_scheme="dark")
        shoot(page, f"{name}-dark-{width}")
        assert violations(page, COLOUR_RULES) == []
        if width == 360:
            page.set_viewport_size({"width": 320, "height": 640})
            assert overflow(page) <= 0
            assert split_words(page) == []
        assert name == "styleguide" or 10_000 < scales.total <= BUDGET


@pytest.mark.parametrize("name", PAGES)
def test_page_reads_without_javascript(browser: Browser, site: str, name: str) -> None:
    with opened(browser, site, java_script_enabled=False) as (page, _):
        page.goto(PAGES[name])
        assert page.locator("h1").is_visible()
        assert not page.locator("theme-switch, copy-button, keys-switch, dialog").locator("visible=true").count()


def test_what_is_wrong_with_a_page_is_found(browser: Browser, site: str) -> None:
    with opened(browser, site, width=360) as (page, _):
        page.goto("/keyboard")
        page.evaluate(SPOILT)
        found = "\n".join(violations(page))
        assert "button-name" in found
        assert "color-contrast" in found
        assert "color-contrast" in "\n".join(violations(page, COLOUR_RULES))
        assert overflow(page) > 0
        assert "Broken" in split_words(page)
        assert small_targets(page) != []
