"""Which Chromium is found, in which order."""

from pathlib import Path

import pytest

from stack import browser
from stack.trouble import Trouble


def program(folder: Path, name: str) -> str:
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place on the PATH; nothing names another browser."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    return tmp_path


def test_the_one_that_is_named_comes_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(folder, "chromium")
    monkeypatch.setenv("CHROMIUM", program(folder, "my-own"))
    assert browser.find() == str(folder / "my-own")


def test_a_name_that_leads_nowhere_is_told_and_not_replaced(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(folder, "chromium")
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    with pytest.raises(Trouble, match="CHROMIUM names /nowhere/chromium"):
        browser.find()


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_then_the_systems_in_the_order_of_their_names(folder: Path, count: int) -> None:
    present = browser.NAMES[-count:]
    for name in reversed(present):
        program(folder, name)
    assert browser.find() == str(folder / present[0])
