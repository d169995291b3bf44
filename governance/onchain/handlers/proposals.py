"""Turns the events of the DAO, its relay and its guardian into facts, folds and tallies, for the indexer alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contracts.indexer.dispatch import fact, tally
from contracts.indexer.folding import RowFold, fold
from contracts.indexer.records import DecodedEvent, FactRow, fact_row, moment_of
from contracts.names import DAO, GUARD, RELAY, TREASURY
from governance.onchain.models.proposals import VOTES, BallotFact, OnchainProposal, VoteFact
from governance.onchain.models.settings import MandateFact, SettingFact

SETTINGS = (
    "LateQuorumVoteExtensionSet",
    "ProposalGuardianSet",
    "ProposalThresholdSet",
    "QuorumNumeratorUpdated",
    "TimelockChange",
    "VotingDelaySet",
    "VotingPeriodSet",
)
CASTS = ("VoteCast", "VoteCastWithParams")
TIMES = ("snapshot", "first_deadline", "deadline", "eta", "proposed_at", "queued_at", "executed_at", "canceled_at")


def _votes(args: dict[str, Any]) -> list[tuple[str, int]]:
    return [(f"{args['proposalId']}:{args['support']}", args["weight"])]


def _proposal(args: dict[str, Any]) -> str:
    return str(args["proposalId"])


# Sums, because a proposal may have any number of votes.
tally(VOTES, LatticeDAO=dict.fromkeys(CASTS, _votes))


@fact(DAO, "VoteCast")
def vote(event: DecodedEvent) -> Iterator[FactRow]:
    """Somebody voted."""
    yield _vote(event)


@fact(DAO, "VoteCastWithParams")
def vote_with_params(event: DecodedEvent) -> Iterator[FactRow]:
    """Somebody voted, with parameters that this counting ignores."""
    yield _vote(event)


def _vote(event: DecodedEvent) -> FactRow:
    args = event.args
    given = {name: args[name] for name in ("voter", "support", "weight", "reason")}
    return fact_row(VoteFact, event, proposal=args["proposalId"], params=args.get("params", ""), **given)


@fact(RELAY, "BallotCast")
def ballot(event: DecodedEvent) -> Iterator[FactRow]:
    """A relayed ballot was counted."""
    args = event.args
    yield fact_row(BallotFact, event, proposal=args["proposalId"], voter=args["voter"], weight=args["weight"])


@fact(RELAY, "BallotRefused")
def refused_ballot(event: DecodedEvent) -> Iterator[FactRow]:
    """A relayed ballot was not."""
    args = event.args
    # A relay may be given any number as a proposal's.
    proposal = min(args["proposalId"], 2**63 - 1)
    yield fact_row(BallotFact, event, proposal=proposal, voter=args["voter"], refusal=args["reason"])


def _setting(event: DecodedEvent) -> Iterator[FactRow]:
    """A setting was changed."""
    # Named old… and new… by every one of them.
    old, new = (next(value for name, value in event.args.items() if name.startswith(side)) for side in ("old", "new"))
    yield fact_row(SettingFact, event, name=event.name, old_value=str(old), new_value=str(new))


for _name in SETTINGS:
    fact(DAO, _name)(_setting)
fact(TREASURY, "MinDelayChange")(_setting)


@fact(TREASURY, "CapsSet")
def caps(event: DecodedEvent) -> Iterator[FactRow]:
    """The treasury's caps were set: of a batch and of thirty days, in hundredths of a per cent."""
    new = f"{event.args['batchBps']} {event.args['monthBps']}"
    yield fact_row(SettingFact, event, name=event.name, old_value="", new_value=new)


@fact(GUARD, "MemberAppointed")
def mandate(event: DecodedEvent) -> Iterator[FactRow]:
    """The guardian has another member, or mandate."""
    args = event.args
    given = {"previous": args["previous"], "member": args["member"], "mandate_end": moment_of(args["mandateEnd"])}
    yield fact_row(MandateFact, event, **given)


@fold(
    "proposal",
    LatticeDAO=dict.fromkeys(
        ("ProposalCreated", "ProposalQueued", "ProposalExecuted", "ProposalCanceled", "ProposalExtended"), _proposal
    ),
    Guardian={"ProposalStopped": _proposal},
)
class ProposalFold(RowFold):
    """A proposal and what was done with it. The key is its number. Times are in seconds until they are saved."""

    model, named_by = OnchainProposal, ("number",)

    def step(self, event: DecodedEvent) -> None:
        """Write down what the event adds."""
        args, at = event.args, event.time.timestamp()
        if event.name == "ProposalCreated":
            self.state |= {name: args[name] for name in ("proposer", "targets", "values", "calldatas", "description")}
            self.state |= {"proposed_tx": event.tx_hash, "proposed_block": event.block_number, "proposed_at": at}
            self.state |= {
                "snapshot": args["voteStart"],
                "first_deadline": args["voteEnd"],
                "deadline": args["voteEnd"],
            }
        elif event.name == "ProposalExtended":
            self.state["deadline"] = args["extendedDeadline"]
        elif event.name == "ProposalQueued":
            self.state |= {"queued_tx": event.tx_hash, "queued_at": at, "eta": args["etaSeconds"]}
        elif event.name == "ProposalExecuted":
            self.state |= {"executed_tx": event.tx_hash, "executed_at": at}
        elif event.name == "ProposalCanceled":
            self.state |= {"canceled_tx": event.tx_hash, "canceled_at": at}
        else:
            self.state["stopped_by"] = args["by"]
        self.state["changed_block"] = event.block_number

    def row(self) -> dict[str, Any]:
        """Give the times as the database has them."""
        return {**self.state, **{name: moment_of(self.state[name]) for name in TIMES if name in self.state}}
