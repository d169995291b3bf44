"""A pass is said in one way whatever page shows it, and a date only while it is to come."""

from __future__ import annotations

from datetime import date

import pytest

from marketplace.listings.passing import Passing, unlocked

DAY = date(2026, 12, 7)


@pytest.mark.parametrize(
    ("allowed", "unlocks", "said"),
    [
        ((False, False), None, "cannot be transferred"),
        ((False, False), DAY, "cannot be transferred"),
        ((True, True), DAY, "can be transferred from 7 Dec"),
        ((True, False), None, "can be transferred"),
        ((False, True), DAY, "can be resold from 7 Dec"),
        ((False, True), None, "can be resold"),
    ],
)
def test_a_pass_says_what_may_be_done_with_it(allowed: tuple[bool, bool], unlocks: date | None, said: str) -> None:
    found = Passing(*allowed, unlocks)
    assert found.text == said
    assert found.is_free == (any(allowed) and unlocks is None)


def test_it_moves_from_the_day_after_the_last_on_which_it_can_be_refunded() -> None:
    last = (date(2026, 12, 6) - date(1970, 1, 1)).days
    assert unlocked(last, date(2026, 12, 6)) == DAY
    assert unlocked(last, DAY) is None
    assert unlocked(0, DAY) is None
