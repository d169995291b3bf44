"""Where a proposal stands, in figures and words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from governance.onchain.models.proposals import OnchainProposal, ProposalState, Support
from governance.proposals.standing import Standing, percent, span
from governance.templatetags.proposals import lattice_short, left, majority, side
from tests.factories.governance import NOW, WHOLE, address, dao_chain, proposal, vote

MILLION = 10**6 * WHOLE
QUORUM = 40 * MILLION  # 4 % of the supply


def standing_of(made: OnchainProposal) -> Standing:
    found = OnchainProposal.objects.filter(pk=made.pk).with_votes().get()
    return Standing(found, NOW)


def test_abstentions_count_for_the_quorum_and_never_for_the_majority(db: None) -> None:
    made = proposal(dao_chain())
    vote(made, address(5), Support.FOR, 10 * MILLION)
    vote(made, address(6), Support.AGAINST, 5 * MILLION)
    vote(made, address(7), Support.ABSTAIN, 25 * MILLION)
    standing = standing_of(made)
    assert (standing.counted, standing.decisive, standing.cast) == (35 * MILLION, 15 * MILLION, 40 * MILLION)
    assert (standing.filled, standing.half) == (10, 1)
    assert (standing.quorum_percent, standing.majority_percent) == ("87.5", "66.6")
    assert standing.lacking == 5 * MILLION
    assert not standing.has_quorum
    assert 'width="66.6%"' in majority(standing)
    assert "For: 10,000,000. Against: 5,000,000." in majority(standing)


def test_a_quorum_says_a_hundred_per_cent_only_when_it_is_reached(db: None) -> None:
    made = proposal(dao_chain())
    vote(made, address(5), Support.FOR, QUORUM - 1)
    assert (standing_of(made).quorum_percent, standing_of(made).filled) == ("99.9", 11)
    vote(made, address(6), Support.ABSTAIN, 1)
    assert (standing_of(made).quorum_percent, standing_of(made).filled, standing_of(made).half) == ("100", 12, 0)


def test_without_votes_there_is_no_majority(db: None) -> None:
    standing = standing_of(proposal(dao_chain()))
    assert (standing.majority_percent, standing.majority_width) == ("0", 0)
    assert 'class="majority none"' in majority(standing)


DAY = timedelta(days=1)
STATES: dict[ProposalState, tuple[timedelta, dict[str, Any], str | None, str | None]] = {
    ProposalState.PENDING: (2 * DAY, {}, "Voting opens in ", "2\u00a0d 0\u00a0h"),
    ProposalState.ACTIVE: (-2 * DAY, {}, "", "4\u00a0d 0\u00a0h"),
    ProposalState.DEFEATED: (-7 * DAY, {}, None, None),
    ProposalState.CANCELED: (-2 * DAY, {"canceled_at": NOW}, None, None),
    ProposalState.EXECUTED: (-12 * DAY, {"executed_at": NOW, "eta": NOW}, None, None),
}


@pytest.mark.parametrize("state", STATES)
def test_what_comes_next_says_how_long_that_is(db: None, state: ProposalState) -> None:
    opens, given, before, time_left = STATES[state]
    standing = standing_of(proposal(dao_chain(), opens=opens, **given))
    assert standing.state == state
    assert (standing.next.before, standing.next.left) == (before, time_left) if standing.next else before is None
    assert standing.is_under_way == (standing.next is not None)


def test_what_passed_is_queued_executed_or_expires(db: None) -> None:
    chain = dao_chain()
    made = [
        proposal(chain, 1, opens=-7 * DAY),
        proposal(chain, 2, opens=-8 * DAY, queued_at=NOW - DAY, eta=NOW + DAY),
        proposal(chain, 3, opens=-12 * DAY, queued_at=NOW - 4 * DAY, eta=NOW - 2 * DAY),
        proposal(chain, 4, opens=-30 * DAY),
        proposal(chain, 5, opens=-40 * DAY, queued_at=NOW - 20 * DAY, eta=NOW - 18 * DAY),
    ]
    for each in made:
        vote(each, address(5), Support.FOR, QUORUM)
    found = [standing_of(each) for each in made]
    assert [each.name for each in found] == ["succeeded", "queued", "queued", "expired", "expired"]
    assert [each.next and each.next.brief for each in found] == [
        "13\u00a0d 0\u00a0h to queue it",
        "may run in 1\u00a0d 0\u00a0h",
        "12\u00a0d 0\u00a0h to execute it",
        None,
        None,
    ]
    assert [each.may_run for each in found] == [False, False, True, False, False]
    assert [each.ended for each in found[3:]] == [made[3].deadline + 14 * DAY, NOW - 4 * DAY]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "0\u00a0s"),
        (40, "40\u00a0s"),
        (61, "1\u00a0min"),
        (3_600 * 5 + 660, "5\u00a0h 11\u00a0min"),
        (190_000, "2\u00a0d 4\u00a0h"),
    ],
)
def test_time_is_written_in_its_two_largest_units(seconds: int, said: str) -> None:
    assert span(timedelta(seconds=seconds)) == said


def test_parts_are_cut_and_never_rounded_up() -> None:
    assert [percent(2, 3), percent(999_999, 10**6), percent(5, 2), percent(1, 0)] == ["66.6", "99.9", "250", "0"]


def test_votes_and_times_are_written_for_people() -> None:
    assert [lattice_short(24_650_000 * WHOLE), lattice_short(0)] == ["24.6\u00a0M", "0"]
    assert [side(number) for number in Support] == ["against", "for", "abstain"]
    written = left(NOW, "2\u00a0d")
    assert 'datetime="2026-06-01T12:00:00+00:00"' in written
    assert 'title="1 Jun 2026, 12:00 UTC"' in written
