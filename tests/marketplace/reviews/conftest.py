"""A model to review."""

from __future__ import annotations

import pytest

from marketplace.listings.models import Listing
from tests.factories import reviews
from tests.marketplace.shop import Shop


@pytest.fixture
def made(db: None) -> reviews.Model:
    return reviews.model()


@pytest.fixture
def shop_listing(shop: Shop) -> Listing:
    """A listing that is for sale on a real chain."""
    return shop.listing
