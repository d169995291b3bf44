"""What places a listing among equals."""

import pytest

from tests.factories.marketplace import listing

pytestmark = pytest.mark.django_db


def test_quality_rises_with_what_was_made_from_a_model() -> None:
    parent = listing("acme/parent")
    before = parent.quality
    listing("acme/child", adapted_from="acme/parent")
    parent.refresh_from_db()
    assert parent.quality > before
