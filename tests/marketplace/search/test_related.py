"""Which models are shown as like another."""

import pytest

from marketplace.search.related import related_to
from tests.factories.marketplace import listing
from tests.factories.vectors import give_vector, towards

pytestmark = pytest.mark.django_db


def test_likeness_is_by_meaning_first_and_by_origin_else() -> None:
    first, second = listing("acme/first", adapted_from="acme/root"), listing("acme/second", adapted_from="acme/root")
    assert [*related_to(first.pk, first.adapted_from)] == [second]
    third = listing("acme/third")
    give_vector(first, towards(0))
    give_vector(third, towards(0, 0.8))
    assert [*related_to(first.pk, first.adapted_from)] == [third]
