"""Votes over time: running sums, as they are drawn and told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from governance.onchain.models.proposals import OnchainProposal, Support
from governance.proposals.curve import MOST_MARKS, SLOTS, Curve
from governance.proposals.seen import see
from tests.factories.governance import NOW, WHOLE, address, dao_chain, proposal, vote

MILLION = 10**6 * WHOLE


def curve_after(made: OnchainProposal, *cast: tuple[int, Support, int]) -> Curve:
    for place, (minutes, support, weight) in enumerate(cast):
        fact = vote(made, address(100 + place), support, weight)
        fact.time = made.snapshot + timedelta(minutes=minutes)
        fact.save()
    found = see(made.number).curve
    assert found
    return found


def test_sums_run_by_side_and_the_quorum_is_told(db: None) -> None:
    made = proposal(dao_chain(), opens=timedelta(days=-5))
    curve = curve_after(
        made,
        (60, Support.AGAINST, 3 * MILLION),
        (1_440, Support.FOR, 30 * MILLION),
        (2_880, Support.ABSTAIN, 10 * MILLION),
    )
    sums = [(point.in_favour, point.against, point.abstain, point.voters) for point in curve.points]
    assert sums == [
        (0, 3 * MILLION, 0, 1),
        (30 * MILLION, 3 * MILLION, 0, 2),
        (30 * MILLION, 3 * MILLION, 10 * MILLION, 3),
    ]
    assert "reached the quorum by 29 May, 12:00 UTC" in curve.sentence
    assert [name for name, _points in curve.lines] == ["abstain", "against", "for"]
    assert curve.top >= 40 * MILLION
    assert curve.scale[0].votes == 0
    assert len(curve.scale) <= MOST_MARKS + 1
    assert curve.quorum_y == next(mark.y for mark in curve.scale if mark.votes == 40 * MILLION)


def test_votes_of_one_slot_are_one_point(db: None) -> None:
    made = proposal(dao_chain(), opens=timedelta(days=-5))
    curve = curve_after(made, (60, Support.FOR, 1), (61, Support.AGAINST, 2), (62, Support.FOR, 4))
    assert [(point.in_favour, point.against, point.voters) for point in curve.points] == [(5, 2, 3)]
    assert curve.points[0].at == made.snapshot + timedelta(minutes=62)
    assert "have not reached the quorum" in curve.sentence


def test_the_first_and_the_last_second_are_drawn(db: None) -> None:
    made = proposal(dao_chain(), opens=timedelta(days=-6))
    curve = curve_after(made, (0, Support.FOR, WHOLE), (6 * 1_440, Support.FOR, WHOLE))
    (_name, points), *_rest = curve.lines
    assert points.startswith("0,")
    assert points.split(" ")[-1].startswith("1000.0,")
    assert len(curve.points) <= SLOTS


def test_without_votes_there_is_no_curve(db: None) -> None:
    proposal(dao_chain())
    assert see(1).curve is None


@pytest.mark.parametrize("most", [1, 7, 99, 5 * MILLION, 123_456_789 * WHOLE])
def test_a_scale_has_few_nice_lines_and_reaches_the_top(most: int) -> None:
    step = Curve.step_for(most)
    assert step * MOST_MARKS >= most
    assert str(step).rstrip("0") in ("1", "2", "5")


def test_the_drawing_of_what_was_canceled_ends_there(db: None) -> None:
    made = proposal(dao_chain(), opens=timedelta(days=-3), canceled_at=NOW - timedelta(days=1))
    curve = curve_after(made, (60, Support.FOR, WHOLE))
    assert curve.until <= NOW - timedelta(days=1)


def test_the_drawing_ends_with_the_chain_s_clock(db: None) -> None:
    made = proposal(dao_chain(), opens=timedelta(days=-3))
    curve = curve_after(made, (60, Support.FOR, WHOLE))
    assert made.snapshot + timedelta(days=2, hours=22) < curve.until <= NOW
