"""What becomes of proposals, as the tables and the contract tell it, and where the money went."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F

from contracts.chain.client import Client
from contracts.indexer import lead
from contracts.indexer.verify import verify_chain
from contracts.models import (
    AnchorFact,
    Chain,
    FunctionRole,
    Parameter,
    ParameterFact,
    RegistrationFact,
    RoleMember,
    Tally,
)
from contracts.names import COIN, DAY
from governance.onchain.counting import Votes, quorum_at, state_of, votes_at, votes_of
from governance.onchain.models.power import (
    BALANCE,
    LOCKED,
    POWER,
    DelegationFact,
    OnchainDelegation,
    PowerFact,
    TransferFact,
)
from governance.onchain.models.proposals import OnchainProposal, ProposalState, VoteFact
from governance.onchain.models.settings import SettingFact
from governance.onchain.models.staking import LEAVING, STAKED, RewardFact, StakeFact, StreamPoint
from governance.onchain.models.treasury import BonusFact, FeeReleaseFact, OperationFact, SpendingFact
from marketplace.onchain.models.sales import PurchaseFact
from tests.contracts.node import Market
from tests.deploying import KEEPER, decide
from tests.governance.dao import VOTERS, WHOLE, Dao, word

A, B, C, D = VOTERS


@pytest.fixture
def dao(alone: tuple[Chain, Client, Market]) -> Dao:
    _chain, rpc, market = alone
    made = Dao(rpc, market)
    made.open()
    return made


def read(alone: tuple[Chain, Client, Market]) -> Chain:
    """Index the chain, compare all figures with the contracts, and return it."""
    chain, rpc, _market = alone
    lead.catch_up(chain, rpc)
    assert verify_chain(chain=chain, rpc=rpc, number=chain.head()).differences == []
    return chain


def states(chain: Chain) -> dict[int, ProposalState]:
    """Return each proposal's state at the head, which SQL and Python have to tell alike."""
    now, found = chain.head_time(), {}
    for each in OnchainProposal.objects.filter(chain=chain).with_standing(now):
        votes = votes_of(each)
        assert votes == Votes(int(each.against), int(each.in_favour), int(each.abstain))
        assert each.quorum == quorum_at(chain, each.snapshot)
        assert each.has_passed is votes.pass_with(each.quorum)
        found[each.number] = state_of(each, now)
        for later in (timedelta(), timedelta(hours=1), timedelta(days=3), timedelta(days=10), timedelta(days=40)):
            at = OnchainProposal.objects.with_standing(now + later).get(pk=each.pk)
            assert at.state == state_of(each, now + later)
    return found


def test_a_proposal_goes_through_every_state(alone: tuple[Chain, Client, Market], dao: Dao) -> None:
    fee = ("ProtocolParameters", "set", [word("feeBps"), 200])
    passed = dao.propose(A, fee, text="Lower the fee to 2 %\n\nBecause it is high.")
    assert states(read(alone)) == {passed: ProposalState.PENDING}
    dao.wait(DAY + 60)
    rejected, unqueued, stopped = dao.propose(B, fee), dao.propose(C, fee), dao.propose(D, fee)
    dao.do(D, "cancel", stopped)
    assert states(read(alone))[passed] == ProposalState.ACTIVE
    for voter in VOTERS:
        dao.vote(voter, passed, 1, "yes " * voter)
    dao.wait(DAY + 60)
    dao.vote(A, rejected, 0)
    for voter in (A, B):
        dao.vote(voter, unqueued, 1)
    dao.wait(5 * DAY + 60)
    assert states(read(alone))[passed] == ProposalState.SUCCEEDED
    dao.do(A, "queue", passed)
    assert states(read(alone))[passed] == ProposalState.QUEUED
    dao.wait(2 * DAY + 60)
    dao.do(B, "execute", passed)
    chain = read(alone)
    assert states(chain) == {
        passed: ProposalState.EXECUTED,
        rejected: ProposalState.DEFEATED,
        unqueued: ProposalState.SUCCEEDED,
        stopped: ProposalState.CANCELED,
    }
    dao.wait(15 * DAY)
    chain = read(alone)
    assert states(chain)[unqueued] == ProposalState.EXPIRED
    found = OnchainProposal.objects.get(number=passed)
    assert votes_of(found) == votes_at(found, chain.head())
    assert votes_of(found).in_favour == 4 * 3_000_000 * WHOLE >= quorum_at(chain, found.snapshot)
    assert found.description.startswith("Lower the fee")
    assert (found.executed_tx, found.proposer) == (OperationFact.objects.get(is_executed=True).tx_hash, dao.account(A))
    assert Parameter.objects.get(key="feeBps").value == 200
    assert ParameterFact.objects.filter(key="feeBps").latest("block_number").old_value == 250


def test_a_fee_is_followed_to_the_stakers_and_out_of_the_treasury(
    alone: tuple[Chain, Client, Market], dao: Dao
) -> None:
    chain, rpc, market = alone
    for voter in (A, B):
        market.send(voter, "LatticeStaking", "stake", [(voter - 19) * 1_000 * WHOLE])
    model = market.list_model(1, "paid", price=WHOLE)
    market.buy(3, model)
    lead.catch_up(chain, rpc)
    day = PurchaseFact.objects.get().maturity_day
    rpc.call("evm_setNextBlockTimestamp", (day + 1) * DAY)
    market.send(4, "RevenueSplitter", "distribute", [model, COIN, day, [market.accounts[1]], [10_000]])
    market.send(4, "FeeVault", "release", [COIN])
    dao.wait(3 * DAY)
    market.send(A, "LatticeStaking", "claim", [dao.account(D)]) if _claimable(market, dao, A) else None
    dao.wait(9 * DAY)
    market.send(A, "LatticeStaking", "claim", [dao.account(D)])
    market.send(B, "LatticeStaking", "unstake", [500 * WHOLE])
    spent = dao.propose(A, ("LatticeToken", "transfer", [dao.account(C), 1_000 * WHOLE]))
    dao.carry(spent)
    chain = read(alone)
    released = FeeReleaseFact.objects.get()
    assert released.amount == released.stakers + released.bonus + released.treasury == WHOLE * 250 // 10_000
    assert BonusFact.objects.get(kind="Received").amount == released.bonus
    paid = OnchainProposal.objects.get(executed_tx=SpendingFact.objects.get().tx_hash)
    assert (paid.number, SpendingFact.objects.get().amount) == (spent, 1_000 * WHOLE)
    claimed = sum(fact.amount for fact in RewardFact.objects.filter(is_claim=True))
    assert 0 < claimed < released.stakers
    tallies = dict(Tally.objects.filter(key=dao.account(B)).values_list("kind", "amount"))
    whole = {BALANCE: 3_000_000, POWER: 3_000_000, LOCKED: 2_000, STAKED: 1_500, LEAVING: 500}
    assert tallies == {kind: amount * WHOLE for kind, amount in whole.items()}
    # Whatever is wrong in a table is found; each is put right again before the next.
    planted = [name for name, corrupt in CORRUPTIONS.items() if not _found(chain, rpc, corrupt)]
    assert planted == []
    assert verify_chain(chain=chain, rpc=rpc, number=chain.head()).differences == []


def test_whatever_the_contracts_let_somebody_say_is_read(alone: tuple[Chain, Client, Market]) -> None:
    chain, rpc, market = alone
    moderator, member = 1, market.accounts[20]
    digest = "0x" + "fe" * 32  # no UTF-8
    by_vote = partial(decide, rpc.endpoints[0].url, chain.deployment)
    by_vote("AccessManager", "grantRole", [moderator, member, 7 * DAY])
    by_vote("AccessManager", "grantRole", [moderator, member, 0])
    by_vote("Registry", "register", [digest, member])
    by_vote("Registry", "register", [word("Gone"), member])
    by_vote("Registry", "register", [word("Gone"), COIN])
    by_vote("BonusPool", "setRoot", [2**255, digest, "x" * 60])
    market.send(KEEPER, "Anchors", "anchor", [digest, 2**64 - 1, digest, "y" * 60])
    read(alone)
    kept = RoleMember.objects.get(account=member)
    assert (kept.delay, kept.delay_at(chain.head_time())) == (0, 7 * DAY)
    assert AnchorFact.objects.get().epoch == 2**64 - 1
    assert BonusFact.objects.get().epoch == 2**255
    rpc.call("evm_increaseTime", hex(8 * DAY))
    market.mine(2)
    read(alone)


def _claimable(market: Market, dao: Dao, who: int) -> bool:
    return bool(market.view("LatticeStaking", "claimable", [dao.account(who)]))


def _found(chain: Chain, rpc: Client, corrupt: Callable[[], Any]) -> bool:
    """Return whether a comparison finds what ``corrupt`` does to the tables."""
    with transaction.atomic():
        assert corrupt(), "nothing was corrupted"
        found = verify_chain(chain=chain, rpc=rpc, number=chain.head()).differences
        transaction.set_rollback(True)
    return bool(found)


def _more(model: Any, **columns: Any) -> Callable[[], Any]:
    return lambda: model.objects.filter(pk=model.objects.latest("pk").pk).update(**columns)


CORRUPTIONS: dict[str, Callable[[], Any]] = {
    "a vote that weighs more": _more(VoteFact, weight=F("weight") + 1),
    "a vote for the other side": _more(VoteFact, support=0),
    "a vote on another proposal": lambda: VoteFact.objects.update(proposal=2),
    "a vote too few": lambda: VoteFact.objects.latest("pk").delete(),
    "a proposer who is another": _more(OnchainProposal, proposer="0x" + "1" * 40),
    "a proposal that is still open": _more(OnchainProposal, executed_at=None),
    "a deadline that moved": _more(OnchainProposal, deadline=F("proposed_at")),
    "a snapshot that moved": _more(OnchainProposal, snapshot=F("proposed_at")),
    "power that is more": lambda: PowerFact.objects.update(votes=F("votes") + 1),
    "a delegation to another": _more(DelegationFact, delegate="0x" + "1" * 40),
    "a transfer of more": _more(TransferFact, amount=F("amount") + 1),
    "a transfer too few": lambda: TransferFact.objects.latest("pk").delete(),
    "a stake of more": _more(StakeFact, amount=F("amount") + 1),
    "a stake that earns more": lambda: StakeFact.objects.filter(move="Staked").update(staked=F("staked") * 2),
    "a claim too few": lambda: RewardFact.objects.filter(is_claim=True).delete(),
    "a stream that gave more": lambda: StreamPoint.objects.update(per_unit=F("per_unit") * 2),
    "a setting that is another": lambda: SettingFact.objects.filter(name="VotingPeriodSet").update(new_value="1"),
    "a parameter that is another": lambda: ParameterFact.objects.update(new_value=7),
    "a role that nobody gave": lambda: RoleMember.objects.filter(contract="AccessManager").update(role="9"),
    "a role that is missing": lambda: RoleMember.objects.all().delete(),
    "a role of the treasury that is missing": lambda: RoleMember.objects.filter(contract="Treasury").delete(),
    "a function under another role": lambda: FunctionRole.objects.update(role="7"),
    "a sum of votes that drifted": lambda: Tally.objects.filter(kind="votes").update(amount=F("amount") + 1),
    "a balance that drifted": lambda: Tally.objects.filter(kind=BALANCE).update(amount=F("amount") + 1),
    "a stake that drifted": lambda: Tally.objects.filter(kind=STAKED).update(amount=F("amount") + 1),
    "a leaving stake that drifted": lambda: Tally.objects.filter(kind=LEAVING).update(amount=F("amount") + 1),
    "a parameter that pages have otherwise": lambda: Parameter.objects.filter(key="feeBps").update(value=7),
    "a fold of a delegation to another": lambda: OnchainDelegation.objects.update(delegate="0x" + "1" * 40),
    "a name of another address": lambda: RegistrationFact.objects.update(current="0x" + "1" * 40),
}
