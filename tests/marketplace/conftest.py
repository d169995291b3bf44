"""What a search keeps for a while must not reach the next test, whose catalogue is another."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    cache.clear()
