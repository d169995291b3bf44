"""What pages make of a performance."""

from datetime import date

from marketplace.listings.performance import Performance, days_of


def row(**counted: object) -> Performance:
    return Performance(**{"asked": 0, "answered": 0, "calls": 0, "succeeded": 0, "measured": 0, **counted})


def test_shares_and_times_are_shown_from_twenty_on() -> None:
    few, many = row(asked=19, answered=19, calls=19, measured=19), row(asked=20, answered=15, calls=20, measured=20)
    assert (few.uptime, few.success, few.is_enough, few.points) == (None, None, False, None)
    assert (many.uptime, many.success, many.is_enough) == (0.75, 0.0, True)
    assert row(rating=873).points == 87.3


def test_days_of_several_versions_add_up() -> None:
    first, second = (
        row(days=[["2026-01-01", 3, 2, 0, 0]]),
        row(days=[["2026-01-02", 1, 1, 2, 1], ["2026-01-01", 1, 1, 5, 5]]),
    )
    assert days_of([first, second]) == [(date(2026, 1, 1), 4, 3, 5, 5), (date(2026, 1, 2), 1, 1, 2, 1)]
    assert days_of([]) == []
