"""What a step depends on is read from its sources, so that no list of files can fall behind them."""

from pathlib import Path

import pytest

from stack.demo import IMPORTER, OPENER
from stack.imports import sources
from stack.places import ROOT

TREE = {
    "a/__init__.py": "",
    "a/b/__init__.py": "from .near import thing",
    "a/b/near.py": "import json\nfrom ..far import CONSTANT",
    "a/far.py": "def f():\n    from a.late import x\n",
    "a/late.py": "import c.d.e as short, a.far",
    "c/__init__.py": "",
    "c/d/__init__.py": "",
    "c/d/e.py": "from c import sibling, nothing",
    "c/sibling.py": "",
    "c/other.py": "raise SystemExit",
    "start.py": "from a import b",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in TREE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_all_that_is_imported_is_found_once_and_nothing_else(tree: Path) -> None:
    found = [str(file.relative_to(tree)) for file in sources(tree / "start.py", tree)]
    assert found == sorted(set(TREE) - {"c/other.py"})


def test_a_file_that_is_not_there_is_said_to_be_missing(tree: Path) -> None:
    with pytest.raises(FileNotFoundError):
        sources(tree / "gone.py", tree)


def test_the_importer_is_made_of_what_reads_places_and_counts_the_records() -> None:
    found = {str(file.relative_to(ROOT)) for file in sources(IMPORTER)}
    assert {"marketplace/listings/records.py", "marketplace/listings/taxonomy.py"} <= found
    assert {"marketplace/catalogue/importing.py", "marketplace/search/vocabulary.py"} <= found
    assert not any(file.startswith(("stack/", "tests/")) or "views" in file for file in found)


def test_the_endpoints_are_made_of_what_the_demo_sells() -> None:
    found = {str(file.relative_to(ROOT)) for file in sources(OPENER)}
    assert {"marketplace/demo/listings.py", "inference/actions.py", "inference/models.py"} <= found
