"""How thirty days are shown: with their numbers, or why there is no rating."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from marketplace.listings.performance import Performance
from marketplace.listings.performance_plot import HEIGHT, LEAST, PerformanceShown, points

UNTIL = datetime(2026, 6, 30, 12, 10, tzinfo=UTC)
PARTS = ("first", "slow", "speed", "success", "uptime")
SPACES = str.maketrans("\N{NARROW NO-BREAK SPACE}\N{NO-BREAK SPACE}", "  ")
COUNTED: dict[str, Any] = {
    "version": "1.0.0", "engine": "smollm2", "since": UNTIL - timedelta(days=30), "until": UNTIL, "asked": 1_200,
    "answered": 1_199, "calls": 40, "succeeded": 39, "measured": 1_238, "first_p50_ms": 126, "first_p95_ms": 1_400,
    "written": 30, "speed_p50": 12_345, "speed_p95": 4_500, "rating": 873, "formula": 1,
    "parts": [{"name": name, "points": 873_456, "weight": 20} for name in PARTS],
    "days": [["2026-05-31", 5, 5, 0, 0], ["2026-06-01", 10, 10, 0, 0], ["2026-06-30", 4, 3, 2, 2]],
}  # fmt: skip


def shown(**other: Any) -> PerformanceShown:
    return PerformanceShown([Performance(**{**COUNTED, **other})])


def test_a_rating_says_what_it_is_made_of() -> None:
    made = shown()
    assert (made.rating, made.filled, made.missing) == ("87.3", 6, "")
    assert made.basis == "1,238 measured answers, 1,200 checks and 40 calls in the 30 days to 30 Jun 2026, 12:10 UTC."
    assert [(part.label, part.points, part.weight) for part in made.parts][:1] == [("First token", "87.3", 20)]
    assert [part.said.translate(SPACES) for part in made.parts] == [
        "half came within 126 ms",
        "95 of 100 came within 1.4 s",
        "12 tokens a second; 95 of 100 answers reached 4.5",
        "39 of 40",
        "1,199 of 1,200",
    ]


def test_too_little_says_why_there_is_no_rating() -> None:
    made = shown(rating=None, parts=[], measured=7, asked=9)
    assert (made.rating, made.filled) == ("", 0)
    assert made.missing == "No rating yet: it needs 20 measured answers and 20 checks, and there are 7 and 9."


def test_days_are_bars_as_high_as_what_went_well() -> None:
    checks, calls = shown().lines
    # What lies before the axis is in the table alone.
    first, last = checks.bars
    assert (first.x, first.height, first.missed) == (0.0, HEIGHT, 0.0)
    assert (last.x, last.height, last.missed) == (96.667, HEIGHT * 0.75, HEIGHT * 0.25)
    assert (checks.title, calls.title) == ("Our checks, 18 of 19 answered", "Real calls, 2 of 2 answered")
    assert [label for _x, _anchor, label in shown().ticks] == ["1 Jun", "30 Jun"]
    assert shown().sentence == (
        "On 3 of the last 30 days something was measured: 18 of 19 checks and 2 of 2 calls were answered."
    )
    newest, (_checks, uptime, _calls, success) = shown().day_rows[0]
    assert (newest.day, uptime.split()[0], success.split()[0]) == (30, "75", "100")


def test_one_of_many_that_went_wrong_is_seen() -> None:
    (checks,) = shown(days=[["2026-06-30", 1_000, 999, 0, 0]]).lines
    assert checks.bars[0].missed == LEAST


def test_points_are_written_alike() -> None:
    assert [points(tenths) for tenths in (0, 5, 873, 1_000)] == ["0.0", "0.5", "87.3", "100.0"]
