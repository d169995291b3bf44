"""A reputation says of how much it is made, or why there is none."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from marketplace.listings.models import Listing
from marketplace.reputation.finding import reputation_of
from marketplace.reputation.models import Role
from marketplace.reputation.reckoning import reckon

from .histories import SINGLE, Chronicle, address

pytestmark = pytest.mark.django_db
SELLER = address(77)


@pytest.fixture
def made() -> Chronicle:
    """A seller with three buyers, one of whom reviews; and one with a single buyer."""
    made = Chronicle.begin()
    model, other = made.open_shop(SELLER), made.open_shop(address(78))
    for number in range(3):
        made.sell(model, address(100 + number), 10 * SINGLE)
    made.sell(other, address(100), 10 * SINGLE)
    made.mine(200)
    made.review(model, address(100), Listing.objects.order_by("pk")[0])
    reckon(chain=made.chain)
    return made


def test_every_part_is_in_words(made: Chronicle, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        (seller,) = reputation_of(SELLER.upper().replace("X", "x"))
    assert (seller.title, seller.score, seller.basis, seller.missing) == ("As a seller", "57.0", "of 3 buyers", "")
    assert seller.filled == 4
    assert [(part.label, part.said, part.points, part.is_known) for part in seller.parts] == [
        ("Age", "16 days since its first listing", "8.8", True),
        ("Sales", "3 kept and past their refund, of which 3 buyers weigh", "23.0", True),
        ("Refunds", "0 sales were refunded", "100.0", True),
        ("Disputes", "0 were ruled for the buyer", "100.0", True),
        ("Uptime", "its models answered 0 of 0 checks in 30 days", "0.0", False),
        ("Reviews", "1 that count, by fees paid", "62.5", False),
    ]


def test_what_is_too_little_says_so(made: Chronicle) -> None:
    (seller,) = reputation_of(address(78))
    assert seller.score == ""
    assert seller.missing == (
        "No reputation as a seller yet: it needs 3 buyers whose purchases can no longer be refunded, and there is 1."
    )
    (reviewer,) = reputation_of(address(100), role=Role.REVIEWER)
    assert reviewer.missing == "No reputation as a reviewer yet: it needs 2 reviews that count, and there is 1."
    assert [part.name for part in reviewer.parts] == ["age", "models", "helpful", "removed", "answers"]


def test_others_are_left_out(made: Chronicle, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    assert reputation_of(SELLER, role=Role.REVIEWER) == []
    assert reputation_of(SELLER, chain_id=1) == []
    with django_assert_num_queries(1):
        assert reputation_of(address(5_000)) == []
