"""What the tables claim of the DAO's contracts, for ``verify_chain``. Only the home chain has them."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Q, QuerySet, Sum

from contracts.indexer.verify import Claim, verifier
from contracts.models import Block, Chain, Tally
from contracts.names import COIN, DAO, STAKING, TOKEN

from .counting import quorum_at, votes_after, votes_at, votes_of
from .models.power import BALANCE, POWER, DelegationFact, OnchainDelegation, PowerFact, TransferFact
from .models.proposals import GRACE, OnchainProposal, VoteFact
from .models.settings import SettingFact
from .models.staking import LEAVING, STAKED, Move, StakeFact
from .rewards import claimable_at

SAMPLES = 100  # of each kind; random ones, so that in the long run all are compared
# The event that says what a view answers.
VIEWS = {
    "VotingDelaySet": "votingDelay",
    "VotingPeriodSet": "votingPeriod",
    "ProposalThresholdSet": "proposalThreshold",
    "LateQuorumVoteExtensionSet": "lateQuorumVoteExtension",
}


@verifier
def proposals(chain: Chain, number: int) -> Iterator[Claim]:
    """The votes, quorum, deadline and state of every proposal that may still change, and of some of the others."""
    time = _seconds(chain, number)
    at = Block.objects.values_list("time", flat=True).get(chain=chain, number=number)
    made = OnchainProposal.objects.filter(chain=chain, proposed_block__lte=number)
    closed = Q(executed_at__isnull=False) | Q(canceled_at__isnull=False) | Q(deadline__lt=at - 3 * GRACE)
    for proposal in [*made.exclude(closed), *made.filter(closed).order_by("?")[:SAMPLES]]:
        votes, snapshot = votes_at(proposal, number), int(proposal.snapshot.timestamp())
        # The facts, and the sums that pages show, less what came later.
        for counted in (votes, votes_of(proposal, less=votes_after(proposal, number))):
            yield Claim(DAO, "proposalVotes", [proposal.number], [counted.against, counted.in_favour, counted.abstain])
        yield Claim(DAO, "proposalSnapshot", [proposal.number], snapshot)
        yield Claim(DAO, "proposalProposer", [proposal.number], proposal.proposer)
        # The contract tells quorums of the past alone.
        quorum = quorum_at(chain, proposal.snapshot) if snapshot < time else 0
        if snapshot < time:
            yield Claim(DAO, "quorum", [snapshot], quorum)
        if proposal.changed_block <= number:
            yield Claim(DAO, "proposalDeadline", [proposal.number], int(proposal.deadline.timestamp()))
            state = proposal.state_at(at, has_passed=votes.pass_with(quorum))
            yield Claim(DAO, "state", [proposal.number], state.value)


@verifier
def voters(chain: Chain, number: int) -> Iterator[Claim]:
    """Who voted, and the power of the voters at the snapshot."""
    cast = VoteFact.objects.filter(chain=chain, block_number__lte=number).order_by("?")[:SAMPLES]
    snapshots = dict(OnchainProposal.objects.filter(chain=chain).values_list("number", "snapshot"))
    for vote in cast:
        yield Claim(DAO, "hasVoted", [vote.proposal, vote.voter], True)
        # A vote on a proposal that we do not have is one that does not add up, and no fault of ours to fall over.
        at = int(snapshots[vote.proposal].timestamp()) if vote.proposal in snapshots else 0
        yield Claim(TOKEN, "getPastVotes", [vote.voter, at], vote.weight)


@verifier
def power(chain: Chain, number: int) -> Iterator[Claim]:
    """The votes of delegates, and whom accounts delegate to."""
    facts = PowerFact.objects.filter(chain=chain, block_number__lte=number)
    for account in _some(facts.values_list("account", flat=True)):
        last = facts.filter(account=account).latest("block_number", "log_index")
        yield Claim(TOKEN, "getVotes", [account], last.votes)
        newest = PowerFact.objects.filter(chain=chain, account=account).latest("block_number", "log_index")
        kept = _tally(chain, POWER, account) - newest.votes + last.votes
        yield Claim(TOKEN, "getVotes", [account], kept)
    delegations = DelegationFact.objects.filter(chain=chain, block_number__lte=number)
    for account in _some(delegations.values_list("delegator", flat=True)):
        last_one = delegations.filter(delegator=account).latest("block_number", "log_index")
        yield Claim(TOKEN, "delegates", [account], last_one.delegate)
    folded = OnchainDelegation.objects.filter(chain=chain, changed_block__lte=number).order_by("?")[:SAMPLES]
    for delegation in folded:
        yield Claim(TOKEN, "delegates", [delegation.delegator], delegation.delegate)


@verifier
def balances(chain: Chain, number: int) -> Iterator[Claim]:
    """What holders have."""
    facts = TransferFact.objects.filter(chain=chain)
    until, later = facts.filter(block_number__lte=number), facts.filter(block_number__gt=number)
    for account in _some(until.exclude(recipient=COIN).values_list("recipient", flat=True)):
        yield Claim(TOKEN, "balanceOf", [account], _net(until, account))
        yield Claim(TOKEN, "balanceOf", [account], _tally(chain, BALANCE, account) - _net(later, account))


@verifier
def stakes(chain: Chain, number: int) -> Iterator[Claim]:
    """What accounts have staked, what is leaving, and what they may claim."""
    time = _seconds(chain, number)
    facts = StakeFact.objects.filter(chain=chain)
    until, later = facts.filter(block_number__lte=number), facts.filter(block_number__gt=number)
    for account in _some(until.values_list("account", flat=True)):
        yield Claim(STAKING, "claimable", [account], claimable_at(chain, account, number, time))
        for member, tally in (("staked", STAKED), ("leaving", LEAVING)):
            yield Claim(STAKING, "stakeOf", [account], _moved(until, account)[tally], member)
            kept = _tally(chain, tally, account) - _moved(later, account)[tally]
            yield Claim(STAKING, "stakeOf", [account], kept, member)


@verifier
def settings(chain: Chain, number: int) -> Iterator[Claim]:
    """The DAO's settings."""
    changes = SettingFact.objects.filter(chain=chain, block_number__lte=number, name__in=VIEWS)
    for fact in changes.order_by("name", "-block_number", "-log_index").distinct("name"):
        yield Claim(DAO, VIEWS[fact.name], [], int(fact.new_value))


def _net(facts: QuerySet[TransferFact], account: str) -> int:
    """Return what an account got by these transfers, less what it gave."""
    got = facts.filter(recipient=account).aggregate(all=Sum("amount"))["all"] or 0
    gave = facts.filter(sender=account).aggregate(all=Sum("amount"))["all"] or 0
    return int(got) - int(gave)


def _moved(facts: QuerySet[StakeFact], account: str) -> dict[str, int]:
    """Return by how much these facts changed what an account has staked, and what is leaving."""
    done = dict(facts.filter(account=account).values_list("move").annotate(Sum("amount")))
    staked, taken, back, out = (int(done.get(move, 0)) for move in Move)
    return {STAKED: staked + back - taken, LEAVING: taken - back - out}


def _tally(chain: Chain, kind: str, key: str) -> int:
    """Return a sum as it is kept."""
    return Tally.objects.filter(chain=chain, kind=kind, key=key).values_list("amount", flat=True).first() or 0


def _some(accounts: object) -> list[str]:
    """Return some of the accounts that a query names, each once."""
    return list(accounts.annotate(Count("pk")).order_by("?")[:SAMPLES])  # type: ignore[attr-defined]


def _seconds(chain: Chain, number: int) -> int:
    time = Block.objects.values_list("time", flat=True).get(chain=chain, number=number)
    return int(time.timestamp())
