"""Stretches of time are whole days or months, next to each other, with nothing between and nothing twice."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from marketplace.selling.periods import MOST_DAYS, ONE_DAY, Period, months_from, span_of

DAYS = st.dates(date(1999, 1, 1), date(2200, 1, 1))


@given(DAYS)
def test_a_stretch_ends_today_and_the_one_before_ends_where_it_begins(today: date) -> None:
    for period, length in ((Period.WEEK, 7), (Period.MONTH, 30)):
        span = span_of(period, today, None)
        assert len(span.slots()) == length
        assert span.before
        assert span.before[1] + ONE_DAY == span.first
        assert span.before[1] - span.before[0] == span.last - span.first


@given(DAYS, st.integers(0, 800))
def test_each_day_of_a_stretch_has_one_bar(today: date, age: int) -> None:
    for period in Period:
        span = span_of(period, today, today - timedelta(days=age))
        slots = span.slots()
        assert len(set(slots)) == len(slots)
        assert {span.slot_of(span.first), span.slot_of(span.last)} <= set(slots)
        assert today in span
        assert today + ONE_DAY not in span


@given(DAYS)
def test_twelve_months_are_this_one_and_the_eleven_before(today: date) -> None:
    span = span_of(Period.YEAR, today, None)
    assert len(span.slots()) == 12
    assert span.slots()[-1] == today.replace(day=1)
    assert span.before == (months_from(span.first, -12), span.first - ONE_DAY)


def test_all_of_time_begins_with_the_first_sale_and_is_drawn_by_months_where_days_are_too_many() -> None:
    today = date(2026, 11, 28)
    assert span_of(Period.ALL, today, None).slots() == [today]
    assert len(span_of(Period.ALL, today, today - (MOST_DAYS - 1) * ONE_DAY).slots()) == MOST_DAYS
    longer = span_of(Period.ALL, today, date(2025, 2, 3))
    assert (longer.by_month, len(longer.slots()), longer.before) == (True, 22, None)
