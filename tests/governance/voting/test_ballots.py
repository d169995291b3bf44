"""What one's own ballot says, by rows alone: every stage, and why somebody cannot vote."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from contracts.models import Chain, SentTransaction, Tally
from governance.ground.home import now_on
from governance.onchain.models.power import BALANCE, DelegationFact, OnchainDelegation
from governance.onchain.models.proposals import SENTINEL, OnchainProposal, Support
from governance.relay.messages import ballot_nonce
from governance.relay.models import Carriage, Kind, RelayerStatus, SignedMessage, State
from governance.voting.ballots import Lack, Stage, ballot_for, ballot_of
from tests.factories.governance import WHOLE, _record, address, dao_chain, power, proposal, vote

ME, OTHER = address(0xBEE), address(0xFEE)


@pytest.fixture
def chain(db: None) -> Chain:
    return dao_chain()


@pytest.fixture
def member(client: Client, db: None) -> Client:
    client.force_login(User.objects.create(address=ME))
    return client


def signed(chain: Chain, number: int, state: State = State.SIGNED, **given: Any) -> SignedMessage:
    carriage = Carriage.objects.create(chain=chain, to=address(1), data="0x", gas=1) if state == State.SENT else None
    return SignedMessage.objects.create(
        chain=chain,
        kind=Kind.BALLOT,
        account=ME,
        proposal=number,
        support=Support.ABSTAIN,
        nonce=ballot_nonce(number),
        signature="0x",
        power=1,
        state=state,
        carriage=carriage,
        signed_at=timezone.now(),
        **given,
    )


def stage(chain: Chain, on: OnchainProposal) -> Stage:
    return ballot_for(ME, on, chain, now_on(chain)).stage


def test_a_ballot_has_a_stage_and_the_page_says_it(chain: Chain, member: Client) -> None:
    on = proposal(chain, 1)
    looked = RelayerStatus.objects.create(chain=chain, account=OTHER, balance=WHOLE, seen_at=timezone.now())
    said: list[tuple[Stage, str]] = []

    def look() -> None:
        page = member.get("/dao/proposals/1/ballot").content.decode()
        said.append((stage(chain, on), " ".join(page.split())))

    look()
    power(chain, ME, 2_400_000 * WHOLE)
    look()
    kept = signed(chain, 1)
    look()
    sent = Carriage.objects.create(chain=chain, to=address(1), data="0x", gas=1)
    hashed = "0x" + "ab" * 32
    SentTransaction.objects.create(
        chain=chain, business_id=sent.business_id, sender=address(2), nonce=0, hash=hashed, raw=b""
    )
    SignedMessage.objects.update(state=State.SENT, carriage=sent)
    look()
    assert f"/tx/anvil/{hashed}" in said[-1][1]
    SignedMessage.objects.update(state=State.REFUSED, refusal="GovernorInvalidSignature")
    look()
    cast = vote(on, ME, Support.ABSTAIN, 2_400_000 * WHOLE, reason="<b>odd</b>")
    look()
    assert "&lt;b&gt;odd&lt;/b&gt;" in said[-1][1]
    assert "<b>odd</b>" not in said[-1][1]
    type(cast).objects.filter(pk=cast.pk).update(block_number=99)
    look()
    cast.delete()
    OnchainProposal.objects.update(deadline=now_on(chain) - timedelta(seconds=1))
    on.refresh_from_db()
    look()
    kept.delete()
    look()
    signed(chain, 1, State.EXPIRED)
    look()
    expected = [
        (Stage.POWERLESS, "You cannot vote on this proposal."),
        (Stage.OPEN, "Sign the vote, no gas"),
        (Stage.SIGNED, "Signed: abstain"),
        (Stage.SENT, "Relayed: abstain"),
        (Stage.REFUSED, "code of its own"),
        (Stage.COUNTED, "Final. It cannot be changed."),
        (Stage.COUNTED, "Confirming, 1 of 3 blocks."),
        (Stage.REFUSED, "code of its own"),
        (Stage.OVER, "You did not vote."),
        (Stage.EXPIRED, "before your signed ballot was relayed"),
    ]
    assert [found for found, _ in said] == [found for found, _ in expected]
    for (_, page), (_, words) in zip(said, expected, strict=True):
        assert words in page
    assert "Sign the changed vote" in said[2][1]
    # The three choices are alike, and none of them is chosen, or lit, before the voter has.
    opened = said[1][1]
    assert opened.count('type="radio" name="support"') == 3
    assert (
        opened.index("<span>For</span>") < opened.index("<span>Against</span>") < opened.index("<span>Abstain</span>")
    )
    # Where no relayer looks, the voter's own transaction comes first; where none ever did, it is the only way.
    SignedMessage.objects.all().delete()
    OnchainProposal.objects.update(deadline=now_on(chain) + timedelta(days=1))
    RelayerStatus.objects.update(seen_at=timezone.now() - timedelta(minutes=6))
    silent = member.get("/dao/proposals/1/ballot").content.decode()
    assert silent.index("Send the vote") < silent.index("No relayer is running")
    assert "Sign it for when" in silent
    looked.delete()
    session = member.session
    session["chain_id"] = 1
    session.save()
    assert "signed in on another chain" in member.get("/dao/proposals/1/ballot").content.decode()
    alone = member.get("/dao/proposals/1/ballot").content.decode().partition("<fieldset")[2].partition("</form>")[0]
    assert "Sign" not in alone
    assert " checked" not in opened.partition("<fieldset")[2].partition("</fieldset>")[0]


def test_a_ballot_is_read_in_one_query_and_nobodys_in_none(
    chain: Chain, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    on, now = proposal(chain, 1), now_on(chain)
    power(chain, ME, WHOLE)
    vote(on, ME)
    signed(chain, 1)
    RelayerStatus.objects.create(chain=chain, account=OTHER, balance=1, seen_at=timezone.now())
    with django_assert_num_queries(1):
        assert ballot_for(ME, on, chain, now).budget
    with django_assert_num_queries(0):
        assert ballot_of(None, on, chain, now).stage == Stage.NOBODY


def test_it_says_before_and_after_and_to_whom_is_not_signed_in(chain: Chain, client: Client) -> None:
    proposal(chain, 1, opens=timedelta(hours=1))
    proposal(chain, 2, canceled_at=now_on(chain))
    proposal(chain, 3)
    pages = [client.get(f"/dao/proposals/{number}/ballot").content.decode() for number in (1, 2, 3)]
    assert "Voting opens on 1 Jun, 13:00 UTC" in " ".join(pages[0].split())
    assert "was canceled" in pages[1]
    assert "Connect wallet to vote" in pages[2]
    assert all('name="support"' not in page for page in pages)
    assert client.get("/dao/proposals/9/ballot").status_code == 404


def _held(chain: Chain, delegate: str, since: timedelta) -> None:
    """Give the account LATTICE, delegated so long before, or after, the proposal's snapshot."""
    Tally.objects.create(chain=chain, kind=BALANCE, key=ME, amount=5 * WHOLE, events=1)
    if delegate:
        OnchainDelegation.objects.create(chain=chain, delegator=ME, delegate=delegate, changed_block=1)
        record = _record(chain, now_on(chain) - timedelta(days=1) + since)
        DelegationFact.objects.create(**record, delegator=ME, previous=address(0), delegate=delegate)


BEFORE, AFTER = timedelta(hours=-1), timedelta(hours=1)
LACKS: dict[Lack, tuple[Callable[[Chain], object], str]] = {
    Lack.EMPTY: (lambda chain: None, "You hold no LATTICE"),
    Lack.UNDELEGATED: (lambda chain: _held(chain, "", BEFORE), "only once it is delegated"),
    Lack.DELEGATED: (lambda chain: _held(chain, OTHER, BEFORE), "votes through another account"),
    Lack.LATE: (lambda chain: _held(chain, ME, AFTER), "counts from the next proposal on"),
    Lack.UNVOTABLE: (lambda chain: _held(chain, SENTINEL, BEFORE), "never votes"),
}


@pytest.mark.parametrize("lack", Lack)
def test_why_somebody_cannot_vote_is_said_with_what_to_do(chain: Chain, member: Client, lack: Lack) -> None:
    on, (arrange, words) = proposal(chain, 1), LACKS[lack]
    arrange(chain)
    assert ballot_for(ME, on, chain, now_on(chain)).lack == lack
    assert words in " ".join(member.get("/dao/proposals/1/ballot").content.decode().split())
    why = " ".join(member.get("/dao/proposals/1/ballot/power").content.decode().split())
    assert ("delegated to you" in why.partition("What came too late")[2]) is (lack is Lack.LATE)


def test_what_is_no_ballot_is_refused_in_a_sentence(chain: Chain, member: Client) -> None:
    proposal(chain, 1)
    json: dict[str, Any] = {"headers": {"Accept": "application/json"}}
    for path in ("vote", "ballot", "ballot/signature"):
        for said in ({}, {"support": "3"}, {"support": "1", "reason": "x" * 501}):
            answer = member.post(f"/dao/proposals/1/{path}", said, **json)
            assert (answer.status_code, answer.json()["code"]) == (422, "ballot-not-read")
    answer = member.post("/dao/proposals/1/ballot", {"support": "1"}, **json)
    assert (answer.status_code, answer.json()["code"]) == (409, "no-voting-power")
    member.logout()
    for path in ("vote", "ballot", "ballot/signature"):
        assert member.post(f"/dao/proposals/1/{path}", {"support": "1"}, **json).status_code == 401
