"""Up to when everything on a chain is final, and what a proposal's state is by that alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.models import Block, Chain
from governance.onchain.models.proposals import GRACE, OnchainProposal, ProposalState

OVER = frozenset({ProposalState.DEFEATED, ProposalState.EXECUTED, ProposalState.EXPIRED, ProposalState.CANCELED})


@dataclass(frozen=True)
class Final:
    """The last final block: what is recorded with a time until ``time`` stands in it or before, and stays."""

    number: int
    time: datetime


@dataclass(frozen=True)
class Settled:
    """A state that stays, since when, and until when something is to be done, or from when on; None for nothing."""

    state: ProposalState
    since: datetime
    until: datetime | None = None


def final_of(chain: Chain) -> Final | None:
    """Return how far the chain is final; None before anything is."""
    number = chain.final_block()
    times = dict(Block.objects.filter(chain=chain, number__in=[number, number + 1]).values_list("number", "time"))
    if number not in times:
        return None
    # Chains with many blocks a second give several of them one time: then that second is not over.
    shared = number + 1 in times and times[number + 1] <= times[number]
    return Final(number, times[number] - timedelta(seconds=1) if shared else times[number])


def settled(proposal: OnchainProposal, time: datetime) -> Settled | None:
    """Return where a proposal stands by what was recorded until ``time``; None while it waits or is voted on.

    It is one that was read ``with_standing``: once the vote is over by final blocks, its votes are final too.
    """
    if proposal.canceled_at and proposal.canceled_at <= time:
        return Settled(ProposalState.CANCELED, proposal.canceled_at)
    if proposal.executed_at and proposal.executed_at <= time:
        return Settled(ProposalState.EXECUTED, proposal.executed_at)
    if time <= proposal.deadline:
        return None
    if not proposal.has_passed:
        return Settled(ProposalState.DEFEATED, proposal.deadline)
    queued_at = proposal.queued_at if proposal.queued_at and proposal.queued_at <= time else None
    ready = (proposal.eta if queued_at else None) or proposal.deadline
    if time > ready + GRACE:
        return Settled(ProposalState.EXPIRED, ready + GRACE)
    if queued_at:
        return Settled(ProposalState.QUEUED, queued_at, ready)
    return Settled(ProposalState.SUCCEEDED, proposal.deadline, proposal.deadline + GRACE)
