"""Votes by pages and by filters, and who has not cast one."""

from __future__ import annotations

from datetime import timedelta

from governance.onchain.models.proposals import SENTINEL, OnchainProposal, Support, VoteFact
from governance.proposals.absent import SHOWN
from governance.proposals.seen import see
from governance.proposals.votes import A_PAGE, AskedVotes, page_of, votes_on
from tests.factories.governance import NOW, WHOLE, address, dao_chain, power, proposal, vote


def found(made: OnchainProposal, **asked: str) -> set[str]:
    return {each.voter for each in votes_on(made, AskedVotes.of(asked))}


def test_votes_are_found_by_side_voter_and_reason(db: None) -> None:
    chain = dao_chain()
    made, other = proposal(chain, 1), proposal(chain, 2)
    vote(made, address(0xA1), Support.FOR, reason="It helps small sellers")
    vote(made, address(0xB2), Support.AGAINST, reason="Too soon")
    vote(other, address(0xC3), Support.FOR)
    assert found(made) == {address(0xA1), address(0xB2)}
    assert found(made, side="against") == {address(0xB2)}
    assert found(made, side="nonsense") == {address(0xA1), address(0xB2)}
    assert found(made, voter="SMALL sellers") == {address(0xA1)}
    assert found(made, voter=address(0xB2).upper().replace("0X", "0x")) == {address(0xB2)}
    assert found(made, voter="\x00%_") == set()


def test_pages_of_votes_meet_each_vote_once_the_heaviest_first(db: None) -> None:
    made = proposal(dao_chain())
    for number in range(2 * A_PAGE + 3):
        vote(made, address(number + 1), Support.FOR, (number % 5 + 1) * WHOLE)
    seen: list[VoteFact] = []
    page = see(1).votes
    while True:
        seen += page.items
        if not page.next:
            break
        page = page_of(votes_on(made), page.next)
    assert len({each.voter for each in seen}) == len(seen) == 2 * A_PAGE + 3
    assert [each.weight for each in seen] == sorted((each.weight for each in seen), reverse=True)


def test_who_has_not_voted_stands_with_the_power_of_the_snapshot(db: None) -> None:
    chain = dao_chain()
    made = proposal(chain, opens=timedelta(days=-2))
    power(chain, address(1), 50 * WHOLE)
    power(chain, address(2), 900 * WHOLE)
    power(chain, address(2), 40 * WHOLE, NOW - timedelta(days=3))  # less before the vote began
    power(chain, address(3), 30 * WHOLE)
    power(chain, address(3), 700 * WHOLE, NOW - timedelta(days=1))  # more once it had begun
    power(chain, address(4), 60 * WHOLE)
    power(chain, address(5), 10 * WHOLE)
    power(chain, address(5), 0, NOW - timedelta(days=3))
    power(chain, SENTINEL, 10**6 * WHOLE)
    vote(made, address(4), Support.AGAINST, 60 * WHOLE)
    absent = [(each.account, each.votes // WHOLE) for each in see(1).absent]
    assert absent == [(address(1), 50), (address(2), 40), (address(3), 30)]


def test_of_changes_in_one_second_the_last_is_the_power(db: None) -> None:
    chain = dao_chain()
    proposal(chain, opens=timedelta(days=-2))
    for votes in (5, 80, 20):
        power(chain, address(1), votes * WHOLE, NOW - timedelta(days=9))
    assert [each.votes // WHOLE for each in see(1).absent] == [20]


def test_only_the_most_powerful_are_shown(db: None) -> None:
    chain = dao_chain()
    proposal(chain, opens=timedelta(days=-2))
    for number in range(1, SHOWN + 5):
        power(chain, address(number), number * WHOLE)
    assert [each.account for each in see(1).absent] == [address(number) for number in range(SHOWN + 4, 4, -1)]
