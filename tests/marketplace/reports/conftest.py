"""A comment that can be reported."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.factories.reports import comments


@pytest.fixture(autouse=True)
def _comments() -> Iterator[None]:
    with comments():
        yield
