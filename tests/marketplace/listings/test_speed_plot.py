"""A day of measurements as a drawing: its scale, its gaps, and what it says in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from marketplace.listings.models import Listing
from marketplace.listings.runtime import SAMPLE, ListingRuntime, RuntimeSample
from marketplace.listings.speed_plot import SHOWN, SpeedPlot, speed_plot

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def sample(place: int, first: int | None = 200, speed: float | None = 20.0, answered: int = 2) -> RuntimeSample:
    measured = {"first_token_ms": first, "tokens_per_second": speed, "answered": answered, "asked": 2}
    return RuntimeSample(at=START + place * SAMPLE, **measured)


def stored(*places: int) -> int:
    pk = Listing.objects.values_list("pk", flat=True).order_by("pk")[0]
    rows = [sample(place) for place in places]
    for row in rows:
        row.listing_id = pk
    RuntimeSample.objects.bulk_create(rows)
    return pk


def test_a_single_measurement_is_no_plot_yet() -> None:
    assert speed_plot(stored(0)) is None


def test_the_last_day_is_shown_oldest_first() -> None:
    last = 3 * (SHOWN // SAMPLE)
    plot = speed_plot(stored(0, last, last - 1, last - SHOWN // SAMPLE))
    assert plot
    assert [each.at for each in plot.samples] == [START + (last - 1) * SAMPLE, START + last * SAMPLE]


def test_nothing_is_measured_twice_and_no_more_answered_than_asked() -> None:
    pk = stored(0)
    for row in (sample(0), sample(1, answered=3)):
        row.listing_id = pk
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()


def test_a_gap_parts_the_line_and_a_lonely_point_is_drawn() -> None:
    plot = SpeedPlot([sample(place) for place in (0, 1, 2, 5, 8, 9)])
    (first, _speed) = plot.lines
    assert [len(points.split()) for points in first.stretches] == [3, 2, 2]
    lonely = first.stretches[1].split()
    assert lonely[0] == lonely[1]


@pytest.mark.parametrize(
    ("most", "labels"),
    [
        (280, ["0", "100", "200", "300"]),
        (300, ["0", "100", "200", "300"]),
        (7, ["0", "5", "10"]),
        (1_500, ["0", "500", "1,000", "1,500"]),
        (1, ["0", "0.5", "1"]),
    ],
)
def test_the_scale_begins_at_zero_and_ends_on_a_round_figure(most: int, labels: list[str]) -> None:
    plot = SpeedPlot([sample(0, most, None), sample(1, 1, None)])
    (line,) = plot.lines
    assert [level.label for level in line.levels] == labels
    assert line.unit == "ms"
    heights = [float(point.partition(",")[2]) for point in line.stretches[0].split()]
    assert all(line.levels[-1].y <= height <= line.levels[0].y for height in heights)


def test_a_young_plot_has_an_hour_of_time() -> None:
    plot = SpeedPlot([sample(0), sample(1)])
    assert plot.end - plot.begin == timedelta(hours=1)
    assert [label for _x, _anchor, label in plot.ticks] == ["1 Mar, 11:20", "1 Mar, 11:50", "1 Mar, 12:20"]


def test_checks_that_were_missed_stand_apart() -> None:
    plot = SpeedPlot([sample(0), sample(1), sample(2, None, None, answered=0), sample(3, answered=1), sample(4)])
    assert [bar.is_whole for bar in plot.bars] == [True, False, True]
    assert [point.count(" ") for point in plot.lines[0].stretches] == [1, 1]
    assert plot.sentence == (
        "From 1 Mar, 11:50 to 1 Mar, 12:50 UTC it answered 7 of 10 checks. "
        "Its first token took 200\N{NO-BREAK SPACE}ms to 200\N{NO-BREAK SPACE}ms, the median of ten minutes each."
    )


def test_an_engine_that_never_answered_has_no_line_and_says_so() -> None:
    plot = SpeedPlot([sample(0, None, None, answered=0), sample(1, None, None, answered=0)])
    assert plot.lines == []
    assert plot.sentence.endswith("it answered 0 of 4 checks.")


def test_the_checks_are_counted_as_in_the_head_of_the_page() -> None:
    pk = stored(0, 1)
    runtime = ListingRuntime(asked=13, uptime=12 / 13)
    plot = speed_plot(pk, runtime)
    assert plot
    assert (plot.answered, plot.asked) == (12, 13)
    assert plot.sentence.startswith("It answered 12 of 13 checks in the last day, drawn until 1 Mar, 12:20 UTC.")


def test_before_its_first_answer_an_engine_was_not_down() -> None:
    pk = Listing.objects.values_list("pk", flat=True).order_by("pk")[0]
    rows = [sample(0, None, None, answered=0), sample(1), sample(2, None, None, answered=0), sample(3)]
    for row in rows:
        row.listing_id = pk
    RuntimeSample.objects.bulk_create(rows)
    plot = speed_plot(pk)
    assert plot
    assert [each.at for each in plot.samples] == [START + place * SAMPLE for place in (1, 2, 3)]
    assert plot.has_missed


def test_what_lies_below_a_line_is_drawn_down_to_zero() -> None:
    (first, _speed) = SpeedPlot([sample(0), sample(1)]).lines
    zero = first.levels[0].y
    begin, *_, end = first.areas[0].split()
    assert (begin.partition(",")[2], end.partition(",")[2]) == (str(zero), str(zero))
    assert first.last.count("L") == 1
