"""What was done with a proposal, what comes, and who takes the next step."""

from __future__ import annotations

from datetime import timedelta

from governance.onchain.models.proposals import OnchainProposal, Support
from governance.proposals.course import course_of, next_actor
from governance.proposals.standing import Standing, span
from tests.factories.governance import NOW, WHOLE, address, dao_chain, proposal, vote

DAY = timedelta(days=1)
QUORUM = 40_000_000 * WHOLE


def standing_of(made: OnchainProposal) -> Standing:
    return Standing(OnchainProposal.objects.filter(pk=made.pk).with_votes().get(), NOW)


def steps(made: OnchainProposal) -> list[tuple[str, str]]:
    return [(step.title, step.state) for step in course_of(standing_of(made), [])]


def test_a_course_says_what_is_done_and_what_comes(db: None) -> None:
    chain = dao_chain()
    assert steps(proposal(chain, 1, opens=DAY)) == [
        ("Proposed", "done"),
        ("Voting opens", "now"),
        ("Voting closes", "to-come"),
    ]
    queued = proposal(chain, 2, opens=-8 * DAY, queued_at=NOW - DAY, eta=NOW + DAY)
    vote(queued, address(5), Support.FOR, QUORUM)
    assert steps(queued)[3:] == [
        ("Queued in the timelock", "done"),
        ("May be executed", "now"),
        ("Expires", "to-come"),
    ]
    executed = proposal(chain, 3, opens=-12 * DAY, queued_at=NOW - 5 * DAY, eta=NOW - 3 * DAY, executed_at=NOW - DAY)
    assert steps(executed)[3:] == [("Queued in the timelock", "done"), ("Executed", "done")]


def test_a_cancellation_ends_a_course_where_it_came(db: None) -> None:
    chain = dao_chain()
    early = proposal(chain, 1, opens=-2 * DAY, canceled_at=NOW - DAY * 2.5)
    assert steps(early) == [("Proposed", "done"), ("Canceled by its proposer", "done")]
    stopped = proposal(chain, 2, opens=-2 * DAY, canceled_at=NOW - DAY, stopped_by=address(9))
    assert steps(stopped)[1:] == [("Voting opens", "done"), ("Stopped by the guardian", "done")]


def test_a_late_quorum_is_told_with_what_it_added(db: None) -> None:
    made = proposal(dao_chain(), opens=-6 * DAY, deadline=NOW + 2 * DAY)
    (closes,) = [step for step in course_of(standing_of(made), []) if step.title == "Voting closes"]
    assert closes.note == f"{span(made.deadline - made.first_deadline)} were added, as the quorum came late"
    assert closes.at == NOW + 2 * DAY
    # The extension runs from the quorum, so what is added is what was missing of it.
    made.deadline = made.first_deadline + DAY / 2
    made.save()
    (closes,) = [step for step in course_of(standing_of(made), []) if step.title == "Voting closes"]
    assert closes.note.startswith("12\u00a0h 0\u00a0min were added")


def test_the_next_actor_is_named_with_a_time(db: None) -> None:
    chain = dao_chain()
    passed = proposal(chain, 1, opens=-7 * DAY)
    queued = proposal(chain, 2, opens=-8 * DAY, queued_at=NOW - DAY, eta=NOW + DAY)
    ready = proposal(chain, 3, opens=-12 * DAY, queued_at=NOW - 4 * DAY, eta=NOW - 2 * DAY)
    for each in (passed, queued, ready):
        vote(each, address(5), Support.FOR, QUORUM)
    made = [
        proposal(chain, 4, opens=DAY),
        proposal(chain, 5),
        passed,
        queued,
        ready,
        proposal(chain, 6, opens=-9 * DAY),
    ]
    found = [next_actor(standing_of(each)) for each in made]
    assert [each and each.does for each in found] == ["cancel", "", "queue", "", "execute", None]
    assert [each and each.says for each in found] == [
        "Its proposer may cancel it until voting opens, 2 Jun, 12:00 UTC.",
        "Whoever had votes when voting opened may vote until 6 Jun, 12:00 UTC.",
        "It passed. Anyone may queue it until 14 Jun, 12:00 UTC; it expires after that.",
        "It waits in the timelock. Anyone may execute it from 2 Jun, 12:00 UTC.",
        "Anyone may execute it until 13 Jun, 12:00 UTC; it expires after that.",
        None,
    ]
