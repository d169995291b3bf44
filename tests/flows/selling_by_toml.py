"""The short way to a listing in a browser: a citrate.toml and a folder. For journeys that begin where it is listed."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.factories.tiny_model import tiny_model

from .market import ready
from .publishing import go

TOML = """schema = 1

[model]
name = "{name}"
version = "1.0.0"
task = "text-generation"
summary = "Writes letters without sense."
license = "apache-2.0"
languages = ["eng"]

[card]
text = '''
# Tiny letters

It writes letters without any sense, as its weights are random. It was made by a test, and nothing should depend on it.
'''

[[plans]]
kind = "pass"
price = "0.02"
currency = "ETH"

[access]
mode = "{mode}"
"""


def runnable(folder: Path) -> Path:
    """Write the folder of a model that an engine can run."""
    folder.mkdir(parents=True)
    for name, content in tiny_model().items():
        (folder / name).write_bytes(content)
    return folder


def list_model(page: Page, folder: Path, name: str, mode: str = "open") -> str:
    """List a folder under a name of the seller's, who is signed in and chooses the first part; return its address."""
    owner, _slash, model = name.partition("/")
    page.goto("/sell/new")
    page.get_by_label("or paste it").fill(TOML.format(name=model, mode=mode))
    page.get_by_role("button", name="Begin with it").click()
    page.wait_for_url("**/sell/drafts/**")
    draft = page.url.rpartition("/")[0]
    page.goto(f"{draft}/name")
    ready(page, "draft-form")
    page.locator("#owner").fill(owner)
    expect(page.locator("#owner-said")).to_contain_text("is free")
    page.get_by_role("button", name="Take this name").click()
    upload(page, draft, folder)
    sign_and_list(page, draft)
    return f"/models/{name}"


def upload(page: Page, draft: str, folder: Path) -> None:
    """Send a folder, and wait until it is checked."""
    page.goto(f"{draft}/files")
    ready(page, "model-uploader")
    page.locator("input[webkitdirectory]").set_input_files(folder)
    expect(page.locator("#following .good")).to_have_count(sum(1 for _ in folder.iterdir()))
    expect(page.locator(".upload")).to_have_count(0)
    go(page, "checks")
    expect(page.locator("#following[data-waits]")).to_have_count(0)


def sign_and_list(page: Page, draft: str) -> None:
    """Sign the one transaction, and wait until the catalogue has it."""
    page.goto(f"{draft}/list")
    ready(page, "seller-desk")
    page.get_by_role("button", name="Sign and list").click()
    expect(page.get_by_role("heading", name="It is listed", exact=True)).to_be_visible()
