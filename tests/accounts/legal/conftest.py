"""A second version of the terms, published while the test runs."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from accounts.legal import documents
from tests.accounts.conftest import chain, person

__all__ = ["chain", "person"]


@pytest.fixture
def second_terms(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Have the terms changed: a sentence gone, another one new."""
    shutil.copytree(documents.TEXTS, tmp_path, dirs_exist_ok=True)
    text = (tmp_path / "terms-1.md").read_text().replace("You may stop at any time", "You may stop whenever you like")
    (tmp_path / "terms-2.md").write_text(text)
    monkeypatch.setattr(documents, "TEXTS", tmp_path)
    documents.editions.cache_clear()
    yield
    documents.editions.cache_clear()
