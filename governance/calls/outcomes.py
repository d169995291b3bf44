"""What a proposal would do, or has done: a rehearsal while it can still be executed, its own events once it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.models import Chain, Event
from contracts.names import DAO, TREASURY
from governance.onchain.models.proposals import OnchainProposal, ProposalState

from .happening import Happened, happened
from .records import Records
from .simulating import CALL_EXECUTED, MOST_EVENTS, Simulation, simulate

ENDED = {ProposalState.CANCELED, ProposalState.DEFEATED, ProposalState.EXPIRED}
NOTES = {(DAO, "ProposalExecuted"), (TREASURY, CALL_EXECUTED)}  # which only say that it was done


@dataclass(frozen=True)
class Outcome:
    """What comes, or came, of a proposal read ``with_standing``.

    Of one that was executed ``happened`` is what its transaction changed; of one that came to nothing nothing is tried.
    """

    proposal: OnchainProposal
    simulation: Simulation | None = None
    happened: Sequence[Happened] = ()

    @property
    def is_over(self) -> bool:
        """Whether it came to nothing."""
        return self.proposal.state in ENDED

    @property
    def is_executed(self) -> bool:
        """Whether it was done."""
        return self.proposal.state == ProposalState.EXECUTED


def outcome_of(proposal: OnchainProposal) -> Outcome:
    """Return what comes, or came, of a proposal that was read ``with_standing``. Never raises."""
    if proposal.state == ProposalState.EXECUTED:
        events = Event.objects.of_transaction(proposal.chain, proposal.executed_tx)
        done = [each for each in events[:MOST_EVENTS] if (each.contract, each.name) not in NOTES]
        return Outcome(proposal, happened=happened(proposal.chain, done))
    if proposal.state in ENDED:
        return Outcome(proposal)
    values = [int(each) for each in proposal.values]
    given = (proposal.chain, proposal.targets, values, proposal.calldatas)
    return Outcome(proposal, simulate(*given, earliest=_earliest(proposal)))


def simulate_actions(
    chain: Chain, targets: Sequence[str], values: Sequence[int], calldatas: Sequence[str]
) -> Simulation:
    """Try actions that nobody has proposed yet, as if they were proposed now. Never raises."""
    records = Records(chain)
    waits = ("VotingDelaySet", "VotingPeriodSet", "MinDelayChange")
    course = timedelta(seconds=sum(int(records.setting(name) or 0) for name in waits))
    return simulate(chain, targets, values, calldatas, earliest=records.now() + course)


def _earliest(proposal: OnchainProposal) -> datetime:
    """Return when a proposal can be executed first, if it passes."""
    if proposal.eta:
        return proposal.eta
    records = Records(proposal.chain)
    delay = timedelta(seconds=int(records.setting("MinDelayChange") or 0))
    return max(proposal.deadline, records.now()) + delay
