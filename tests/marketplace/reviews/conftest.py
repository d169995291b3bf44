"""A model to review."""

from __future__ import annotations

import pytest

from tests.factories import reviews


@pytest.fixture
def made(db: None) -> reviews.Model:
    return reviews.model()
