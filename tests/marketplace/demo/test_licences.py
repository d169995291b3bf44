"""Whose a model's parts are stands in the files of its packages, in the words that its card has."""

from __future__ import annotations

import pytest

from marketplace.demo.licences import CREDITS, Credit, licence_card
from marketplace.demo.senses import SENSES
from stack import engine


@pytest.fixture(scope="module", autouse=True)
def packages() -> None:
    """The engines' packages."""
    engine.ensure_packages()


@pytest.mark.parametrize("credit", [each for found in CREDITS.values() for each in found], ids=lambda each: each.part)
def test_a_file_of_the_package_names_the_holder(credit: Credit) -> None:
    [packages] = (engine.VENV / "lib").glob("python3*/site-packages")
    [file] = packages.glob(credit.file)
    assert credit.holder in file.read_text()


def test_every_model_has_its_card() -> None:
    assert {each.runs.engine for each in SENSES} == set(CREDITS)
    for engine_, found in CREDITS.items():
        card = licence_card(engine_)
        assert all(f"- {each.part}: {each.holder}" in card for each in found)
