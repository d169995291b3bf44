"""Styles and scripts are built again when something that they are made of changes, and not otherwise."""

import json
import re
from pathlib import Path

import pytest

from stack import node
from stack.places import ROOT


def is_source(path: Path) -> bool:
    return any(path.is_relative_to(each) for each in node.sources())


def test_all_that_the_style_sheet_is_scanned_for_is_a_source() -> None:
    named = re.findall(r"@source (?!not|inline)[^;]*", node.STYLES.read_text())
    assert len(named) == len([each for each in node.sources() if not each.is_relative_to(node.FRONT)]) > 0
    assert all(each.exists() for each in node.sources())


@pytest.mark.parametrize("path", ["frontend/app.ts", "frontend/wallet/errors.ts", "templates/base.html"])
def test_what_is_built_from_is_a_source(path: str) -> None:
    assert (ROOT / path).is_file()
    assert is_source(ROOT / path)


@pytest.mark.parametrize("path", ["marketplace/urls.py", "inference/urls.py", "frontend/tests/amounts.test.ts"])
def test_nothing_else_is_one(path: str) -> None:
    assert (ROOT / path).is_file()
    assert not is_source(ROOT / path)


def test_python_that_draws_is_a_source() -> None:
    drawing = [each for each in ROOT.glob("*/templatetags/*.py") if 'class="' in each.read_text()]
    assert drawing
    assert [each for each in drawing if not is_source(each)] == []


def test_every_script_that_pages_load_is_an_entry_point() -> None:
    build = json.loads((ROOT / "package.json").read_text())["scripts"]["js"]
    assert "frontend/*.ts" in build
    templates = "".join(each.read_text() for each in (ROOT / "templates").rglob("*.html"))
    assert set(re.findall(r"build/(\w+)\.js", templates)) == {each.stem for each in node.FRONT.glob("*.ts")}
