"""What the DAO decides, computed from facts as LatticeGovernor computes it: votes, quorum, state, at a block."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import datetime

from django.db.models import Sum

from contracts.models import Chain, Tally
from contracts.names import COIN

from .models.power import PowerFact, TransferFact
from .models.proposals import (
    BPS,
    PERCENT,
    QUORUM_FLOOR_BPS,
    SENTINEL,
    VOTES,
    OnchainProposal,
    ProposalState,
    Support,
    VoteFact,
)
from .models.settings import SettingFact


@dataclass(frozen=True)
class Votes:
    """A proposal's votes, in the smallest unit of LATTICE."""

    against: int = 0
    in_favour: int = 0
    abstain: int = 0

    def pass_with(self, quorum: int) -> bool:
        """Return whether they reach the quorum, to which those against do not count, and more are for it."""
        return self.in_favour + self.abstain >= quorum and self.in_favour > self.against


def votes_of(proposal: OnchainProposal, less: Votes = Votes()) -> Votes:
    """Return the votes at the last indexed block, ``less`` some: three sums that are kept, however many voted."""
    keys = [f"{proposal.number}:{support}" for support in Support]
    kept = Tally.objects.filter(chain_id=proposal.chain_id, kind=VOTES, key__in=keys).values_list("key", "amount")
    found = _votes({int(key.partition(":")[2]): amount for key, amount in kept})
    return Votes(*(mine - other for mine, other in zip(astuple(found), astuple(less), strict=True)))


def votes_at(proposal: OnchainProposal, number: int) -> Votes:
    """Return the votes at a block, counted."""
    return _count(proposal, block_number__lte=number)


def votes_after(proposal: OnchainProposal, number: int) -> Votes:
    """Return the votes that came after a block, counted."""
    return _count(proposal, block_number__gt=number)


def _count(proposal: OnchainProposal, **blocks: int) -> Votes:
    cast = VoteFact.objects.filter(chain_id=proposal.chain_id, proposal=proposal.number, **blocks)
    return _votes(dict(cast.values_list("support").annotate(Sum("weight"))))


def _votes(by_support: dict[int, int]) -> Votes:
    amounts = {support: int(amount) for support, amount in by_support.items()}
    return Votes(*(amounts.get(support, 0) for support in (Support.AGAINST, Support.FOR, Support.ABSTAIN)))


def quorum_at(chain: Chain, time: datetime) -> int:
    """Return the quorum of a proposal whose snapshot is at this time.

    A share of what can vote, which is all but what is delegated to the sentinel, and never below a part of the supply.
    """
    minted = TransferFact.objects.filter(chain=chain, sender=COIN).aggregate(all=Sum("amount"))["all"]
    supply = int(minted or 0)
    changes = SettingFact.objects.filter(chain=chain, name="QuorumNumeratorUpdated", time__lte=time)
    share = changes.order_by("-block_number", "-log_index").values_list("new_value", flat=True).first()
    votable = supply - PowerFact.objects.power_at(chain, SENTINEL, time)
    return max(votable * int(share or 0) // PERCENT, supply * QUORUM_FLOOR_BPS // BPS)


def state_of(proposal: OnchainProposal, time: datetime) -> ProposalState:
    """Return a proposal's state at the time of the last indexed block, or at a later one if nothing happens."""
    has_passed = votes_of(proposal).pass_with(quorum_at(proposal.chain, proposal.snapshot))
    return proposal.state_at(time, has_passed=has_passed)
