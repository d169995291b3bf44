"""What the DAO tells whom, and when: at final, each thing once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.notifications.actions import choose_channels
from accounts.notifications.kinds import shown
from accounts.notifications.models import Notice
from contracts.models import Block, Chain, Cursor
from governance.notices import looking
from governance.notices.finality import final_of
from governance.notices.models import Look, Told
from governance.notices.tasks import look
from governance.onchain.models.power import DelegationFact
from governance.onchain.models.proposals import OnchainProposal, Support, VoteFact
from tests.factories.governance import NOW, SUPPLY, WHOLE, address, dao_chain, power, proposal, vote
from tests.factories.governance import _record as record

pytestmark = pytest.mark.django_db

HEAD, CONFIRMATIONS = 100, 3
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def chain() -> Chain:
    """A chain whose head is of NOW, and its last final block of three seconds before."""
    made = dao_chain(NOW)
    until(made, NOW - 3 * SECOND)
    return made


def until(chain: Chain, time: Any) -> None:
    """Let what was until this time be final."""
    final = HEAD - CONFIRMATIONS
    for number in range(final, HEAD + 1):
        hashes = {"hash": f"0x{number:064x}", "parent_hash": f"0x{number - 1:064x}"}
        said = {**hashes, "time": time + (number - final) * SECOND}
        Block.objects.update_or_create(chain=chain, number=number, defaults=said)
    Cursor.objects.filter(chain=chain).update(number=HEAD)


@pytest.fixture
def voter(chain: Chain) -> User:
    return member(chain, 0xA1)


def member(chain: Chain, number: int, votes: int = WHOLE) -> User:
    made = User.objects.create(address=address(number))
    if votes:
        power(chain, made.address, votes)
    return made


def titles(user: User, kind: str = "") -> list[str]:
    mine = Notice.objects.shown_to(user.pk).order_by("pk")
    return [each.title for each in shown(mine.filter(kind=kind) if kind else mine)]


def test_who_had_votes_at_the_snapshot_hears_once_that_a_vote_is_open(chain: Chain, voter: User) -> None:
    member(chain, 0xA2, votes=0)
    late = member(chain, 0xA3, votes=0)
    power(chain, late.address, WHOLE, since=NOW - HOUR)  # after the snapshot
    gone = member(chain, 0xA4)
    power(chain, gone.address, 0, since=NOW - 2 * DAY)  # before it
    proposal(chain, 1, opens=-DAY)
    proposal(chain, 2, opens=HOUR)  # not open yet
    for _ in range(3):
        look()
    assert titles(voter) == ["You can vote on proposal 1: Proposal 1"]
    assert Notice.objects.count() == 1
    until(chain, NOW + 2 * HOUR)
    look()
    assert titles(voter)[1:] == ["You can vote on proposal 2: Proposal 2"]


def test_what_is_not_final_is_told_to_nobody(chain: Chain, voter: User) -> None:
    made = proposal(chain, 1, opens=-SECOND)  # open at the head, not at the final block
    look()
    assert titles(voter) == []
    made.delete()  # a reorganisation takes it back
    until(chain, NOW + HOUR)
    look()
    assert titles(voter) == []


def test_a_second_that_several_blocks_share_is_not_over(chain: Chain) -> None:
    final = final_of(chain)
    assert final
    assert (final.number, final.time) == (97, NOW - 3 * SECOND)
    Block.objects.filter(number=98).update(time=NOW - 3 * SECOND)
    shared = final_of(chain)
    assert shared
    assert (shared.number, shared.time) == (97, NOW - 4 * SECOND)
    Cursor.objects.update(number=1)
    assert final_of(chain) is None
    look()


def test_who_signs_up_during_a_vote_hears_of_it(chain: Chain, voter: User) -> None:
    proposal(chain, 1)
    look()
    new = member(chain, 0xB1)
    look()
    look()
    assert titles(new) == ["You can vote on proposal 1: Proposal 1"]
    assert len(titles(voter)) == 1


def test_a_day_before_the_end_who_has_not_voted_hears_so(chain: Chain, voter: User) -> None:
    has_voted, made = member(chain, 0xA2), proposal(chain, 1, opens=-4 * DAY)
    vote(made, has_voted.address)
    look()
    assert titles(voter, "proposal-ending") == []
    until(chain, NOW + DAY + SECOND)
    for _ in range(2):
        look()
    assert titles(voter, "proposal-ending") == ["Proposal 1 ends within a day, without your vote: Proposal 1"]
    assert titles(has_voted, "proposal-ending") == []
    OnchainProposal.objects.update(deadline=F("deadline") + 2 * DAY)  # a late quorum
    until(chain, NOW + 3 * DAY)
    look()
    assert len(titles(voter, "proposal-ending")) == 1


def test_a_proposer_hears_where_a_proposal_has_come_to(chain: Chain, voter: User) -> None:
    passes = proposal(chain, 1, opens=-6 * DAY, proposer=voter.address)
    vote(passes, address(0xC), weight=SUPPLY // 10)
    proposal(chain, 2, opens=-6 * DAY, proposer=voter.address)
    until(chain, NOW)
    look()
    assert titles(voter, "own-proposal") == []  # the second of the deadline is still of the vote
    until(chain, NOW + SECOND)
    look()
    look()
    assert titles(voter, "own-proposal") == [
        "Your proposal 1 has passed: Proposal 1",
        "Your proposal 2 was defeated: Proposal 2",
    ]
    queued = {"queued_at": NOW + HOUR, "eta": NOW + HOUR + 2 * DAY}
    OnchainProposal.objects.filter(number=1).update(**queued)
    look()
    assert len(titles(voter, "own-proposal")) == 2  # not final
    until(chain, NOW + HOUR)
    look()
    OnchainProposal.objects.filter(number=1).update(executed_at=NOW + 3 * DAY)
    until(chain, NOW + 3 * DAY)
    look()
    assert titles(voter, "own-proposal")[2:] == [
        "Your proposal 1 is queued: Proposal 1",
        "Your proposal 1 was executed: Proposal 1",
    ]
    (text,) = [each.text for each in shown(Notice.objects.filter(key__endswith="/QUEUED"))]
    assert text == "Anybody can execute it from 3 Jun 2026, 13:00 UTC on."


def test_what_expires_or_is_cancelled_is_told_and_old_news_are_not(chain: Chain, voter: User) -> None:
    expires = proposal(chain, 1, opens=-19 * DAY, proposer=voter.address)
    vote(expires, address(0xC), weight=SUPPLY // 10)
    proposal(chain, 2, opens=DAY, proposer=voter.address, canceled_at=NOW + SECOND)
    proposal(chain, 3, opens=-40 * DAY, proposer=voter.address)  # defeated a month ago
    look()
    assert titles(voter, "own-proposal") == []
    until(chain, NOW + DAY + SECOND)
    look()
    assert titles(voter, "own-proposal") == [
        "Your proposal 1 has expired: Proposal 1",
        "Your proposal 2 was cancelled: Proposal 2",
    ]
    assert titles(voter, "proposal-open") == []


def delegate(chain: Chain, delegator: str, to: str, since: Any) -> None:
    DelegationFact.objects.create(**record(chain, since), delegator=delegator, previous=address(0), delegate=to)


def test_whose_votes_a_delegate_held_hears_how_it_voted_and_why(chain: Chain, voter: User) -> None:
    mine, theirs = member(chain, 0xD1), member(chain, 0xD2)
    begun = NOW - 50 * DAY
    delegate(chain, voter.address, mine.address, begun)
    delegate(chain, mine.address, mine.address, begun)
    for to, since in ((mine, begun), (theirs, NOW - 3 * DAY)):
        delegate(chain, member(chain, 0xE0 + len(str(to.pk)) + (to is theirs)).address, to.address, since)
    changed = member(chain, 0xE9)
    delegate(chain, changed.address, mine.address, begun)
    delegate(chain, changed.address, theirs.address, NOW - 2 * DAY)  # before the snapshot
    made = proposal(chain, 1, opens=-DAY)
    cast = vote(made, mine.address, Support.AGAINST, reason="Too\r\nsoon \u202e<b>")
    VoteFact.objects.filter(pk=cast.pk).update(block_number=98)
    look()
    assert titles(voter, "delegate-voted") == []  # not final
    Cursor.objects.update(number=HEAD + 1)  # and with it block 98
    look()
    look()
    assert titles(voter, "delegate-voted") == ["Your delegate 0x0000…00D1 voted against proposal 1: Proposal 1"]
    assert titles(mine, "delegate-voted") == titles(changed, "delegate-voted") == []
    (told,) = shown(Notice.objects.filter(user=voter, kind="delegate-voted"))
    assert told.text.startswith("“Too\nsoon")
    assert told.path == "/dao/proposals/1"


def test_votes_are_looked_at_a_few_at_a_time_and_none_is_passed_over(
    chain: Chain, voter: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "MOST_VOTES", 2)
    for number in range(1, 6):
        delegate_ = address(0xF0 + number)
        vote(proposal(chain, number), delegate_)
        delegate(chain, member(chain, 0x100 + number).address, delegate_, NOW - 50 * DAY)
    for told in (2, 4, 5, 5):
        look()
        assert Notice.objects.filter(kind="delegate-voted").count() == told


def test_a_look_that_is_killed_or_too_long_goes_on_where_it_was(
    chain: Chain, voter: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 4):
        proposal(chain, number)
    with monkeypatch.context() as patched:
        patched.setattr(looking, "BUDGET", -1.0)
        look()
        assert len(titles(voter)) == 1
        look()
        assert len(titles(voter)) == 2

    def dies(**_named: Any) -> int:
        raise InterruptedError

    with monkeypatch.context() as patched:
        patched.setattr(looking, "notify_all", dies)
        with pytest.raises(InterruptedError):
            look()
    look()
    assert len(titles(voter)) == 3
    assert Told.objects.filter(what="proposal-open").count() == 3


def test_who_does_not_want_a_kind_is_not_told(chain: Chain, voter: User) -> None:
    choose_channels(user=voter, chosen={("proposal-ending", "app")})
    proposal(chain, 1, opens=-5 * DAY - HOUR)
    look()
    assert titles(voter) == ["Proposal 1 ends within a day, without your vote: Proposal 1"]


def test_many_are_told_of_a_proposal_by_as_many_statements_as_one(
    chain: Chain, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    people = User.objects.bulk_create(User(address=address(number)) for number in range(1_000, 1_300))
    for person in people:
        power(chain, person.address, WHOLE)
    for number in range(1, 6):
        proposal(chain, number)
    with django_assert_max_num_queries(70):
        look()
    assert Notice.objects.count() == 1_500
    with django_assert_max_num_queries(20):
        look()
    assert Look.objects.get().user == people[-1].pk


def test_without_a_dao_there_is_nothing_to_tell(db: None) -> None:
    look()
    assert not Notice.objects.exists()
