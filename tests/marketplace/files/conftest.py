"""What tests of model files stand on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.model_files import files_in


@pytest.fixture
def model_files(tmp_path: Path) -> Iterator[Path]:
    """An empty folder of model files; parts stand in ``parts`` inside."""
    with files_in(tmp_path / "model_files") as folder:
        yield folder
