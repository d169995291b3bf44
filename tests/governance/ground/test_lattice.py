"""LATTICE as people read it."""

from __future__ import annotations

import pytest
from django.template import Context, Template

from governance.ground.lattice import ONE, exactly, per_cent, whole


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (0, "0"),
        (1_900_000 * ONE + ONE // 2, "1,900,000"),
        (ONE, "1"),
        (ONE // 2, "0.5"),
        (123_456_789, "0.0000000001234"),
        (-3 * ONE, "-3"),
    ],
)
def test_amounts_are_whole_where_they_reach_one(amount: int, shown: str) -> None:
    assert whole(amount) == shown


def test_the_exact_amount_stands_on_hover() -> None:
    page = Template("{% load dao %}{% lattice amount unit=True %}").render(Context({"amount": 3 * ONE // 2}))
    assert 'title="1.5 LATTICE"' in page
    assert ">1 <" in page
    assert exactly(ONE) == "1 LATTICE"


@pytest.mark.parametrize(
    ("part", "of", "shown"),
    [(0, 5, "0"), (1, 0, "0"), (1, 400, "0.25"), (1, 3, "33.3"), (1, 10**6, "<0.01"), (9_999, 10_000, "99.9")],
)
def test_parts_are_cut_to_per_cent(part: int, of: int, shown: str) -> None:
    assert per_cent(part, of) == shown
