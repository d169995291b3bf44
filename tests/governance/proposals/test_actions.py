"""Queueing, executing and cancelling from the page: what a proposal's state refuses, and what the chain takes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser

from accounts.models import User
from contracts.chain.client import Client
from contracts.chain.preflight import WalletCall
from contracts.indexer import lead
from contracts.models import Chain
from governance.onchain.models.proposals import OnchainProposal
from governance.proposals import actions
from governance.proposals.errors import StepRefusedError
from governance.proposals.seen import see
from governance.proposals.standing import Standing
from tests.contracts.node import Market
from tests.factories.governance import NOW, address, dao_chain, proposal
from tests.governance.dao import VOTERS, Dao, word

DAY = timedelta(days=1)
SECONDS = 86_400
Prepare = Callable[..., WalletCall]


def standing_of(made: OnchainProposal) -> Standing:
    return Standing(OnchainProposal.objects.filter(pk=made.pk).select_related("chain").with_votes().get(), NOW)


REFUSED: list[tuple[Prepare, dict[str, Any], str]] = [
    (
        actions.prepare_queue,
        {},
        "Only a proposal that has passed, and is not queued yet, can be queued. This one is active.",
    ),
    (actions.prepare_execution, {}, "Only a proposal in the timelock can be executed. This one is active."),
    (actions.prepare_cancellation, {}, "Only the wallet that made a proposal can take it back."),
    (actions.prepare_cancellation, {"proposer": address(7)}, "before voting opens. This one is active."),
]


@pytest.mark.parametrize(("prepare", "given", "said"), REFUSED)
def test_a_step_is_refused_in_words_before_the_chain_is_asked(
    db: None, prepare: Prepare, given: dict[str, Any], said: str
) -> None:
    made = proposal(dao_chain(), opens=-2 * DAY, **given)
    with pytest.raises(StepRefusedError, match=said):
        prepare(user=User.objects.create(address=address(7)), standing=standing_of(made))


def test_a_proposal_is_cancelled_or_queued_and_executed_by_the_prepared_transactions(
    alone: tuple[Chain, Client, Market], client: Browser
) -> None:
    chain, rpc, market = alone
    dao = Dao(rpc, market)
    dao.open()
    proposer, other = (User.objects.create(address=dao.account(each).lower()) for each in VOTERS[:2])

    def send(prepare: Prepare, user: User, number: int) -> None:
        lead.catch_up(chain, rpc)
        call = prepare(user=user, standing=see(number).standing)
        rpc.call("eth_sendTransaction", call.request())
        market.mine()
        lead.catch_up(chain, rpc)

    withdrawn = dao.propose(VOTERS[0], ("ProtocolParameters", "set", [word("feeBps"), 100]))
    send(actions.prepare_cancellation, proposer, withdrawn)
    assert see(withdrawn).standing.name == "canceled"
    passed = dao.propose(
        VOTERS[0], ("ProtocolParameters", "set", [word("feeBps"), 200]), text="# Lower the fee\n\nNow."
    )
    dao.wait(SECONDS + 60)
    for voter in VOTERS:
        dao.vote(voter, passed, 1, "because")
    dao.wait(6 * SECONDS + 60)
    send(actions.prepare_queue, other, passed)
    with pytest.raises(StepRefusedError, match="The timelock holds it until"):
        actions.prepare_execution(user=other, standing=see(passed).standing)
    dao.wait(2 * SECONDS + 60)
    send(actions.prepare_execution, other, passed)
    seen = see(passed)
    assert seen.standing.name == "executed"
    assert [step.event and step.event.name for step in seen.course] == [
        *("ProposalCreated", None, None, "ProposalQueued", "ProposalExecuted"),
    ]
    votes = market.view("LatticeDAO", "proposalVotes", [passed])
    assert [seen.proposal.against, seen.proposal.in_favour, seen.proposal.abstain] == list(votes)
    page = client.get(f"/dao/proposals/{passed}").content.decode()
    assert "Set the protocol fee from 2.5" in page
    event = seen.votes.items[0]
    raw = client.get(f"/dao/proposals/{passed}/events/{event.tx_hash}/{event.index}").content.decode()
    assert "LatticeDAO.VoteCast" in raw
    assert str(event.weight) in raw
    assert client.get(f"/dao/proposals/{withdrawn}/events/{event.tx_hash}/{event.index}").status_code == 404
