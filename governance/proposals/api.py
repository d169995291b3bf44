"""Proposals and votes for programs: what the pages show, by the same queries, as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema

from common.access import public_api
from contracts.models import Chain
from governance.calls.api import ActionOut, action_out
from governance.calls.explaining import explain_proposal
from governance.calls.reading import read
from governance.ground.home import home_chain, now_on
from governance.onchain.models.proposals import GRACE, OnchainProposal, Support, VoteFact

from .errors import FilterNotUnderstoodError
from .finding import ADDRESS, ALL, GROUPS, STATES, Asked, find_proposal, find_proposals, page_of
from .standing import Standing
from .votes import SIDES, AskedVotes, votes_on
from .votes import page_of as page_of_votes

router = Router(tags=["Governance"])

MOST_ITEMS = 100
Votes = Field(description="In the smallest unit of LATTICE, as a decimal string.")


class VotesOut(Schema):
    """The votes of each side."""

    in_favour: str = Field(alias="for", description="In the smallest unit of LATTICE, as a decimal string.")
    against: str = Votes
    abstain: str = Votes


class QuorumOut(Schema):
    """The quorum; votes for and abstentions count for it."""

    required: str = Votes
    counted: str = Votes
    reached: bool


class TimesOut(Schema):
    """Times by the chain's clock; null for what has not happened, or cannot any more."""

    proposed: datetime
    opens: datetime = Field(description="Powers as of this second count.")
    closes: datetime
    queued: datetime | None
    executable: datetime | None = Field(description="When the timelock lets it through.")
    executed: datetime | None
    canceled: datetime | None
    expires: datetime | None = Field(description="When it lapses unless the next step is taken.")


class ProposalOut(Schema):
    """A proposal; ``state`` is one of OpenZeppelin's eight, in lower case."""

    id: int
    title: str
    state: str
    proposer: str
    url: str = Field(description="Path of its page.")
    actions: list[ActionOut]
    votes: VotesOut
    quorum: QuorumOut
    times: TimesOut


class ProposalsOut(Schema):
    """Proposals, the newest first."""

    items: list[ProposalOut]
    next: str | None = Field(description="`cursor` of the next page; null at the end.")


class WholeProposalOut(ProposalOut):
    """A proposal with its text, the transactions of its course, and the block that all of it is of."""

    description: str = Field(description="Markdown, as it was proposed.")
    transactions: dict[str, str] = Field(description="By step: `proposed`, `queued`, `executed`, `canceled`.")
    block: int = Field(description="The last indexed block.")


class VoteOut(Schema):
    """A vote."""

    voter: str
    side: str = Field(description="`for`, `against` or `abstain`.")
    votes: str = Votes
    reason: str = Field(description="The voter's own words; not to be trusted.")
    time: datetime
    block: int
    transaction: str
    log_index: int
    final: bool = Field(description="Whether enough blocks have followed.")


class VotesPageOut(Schema):
    """Votes, the heaviest first."""

    items: list[VoteOut]
    next: str | None = Field(description="`cursor` of the next page; null at the end.")


class ProposalsQuery(Schema):
    """Which proposals."""

    state: str = Field(
        "",
        max_length=20,
        description="`under-way`, `done`, or one of `pending`, `active`, `canceled`, `defeated`, `succeeded`, "
        "`queued`, `expired`, `executed`.",
    )
    proposer: str = Field("", max_length=42, description="Address of who made it.")
    q: str = Field("", max_length=200, description="Words that the text contains.")
    limit: int = Field(30, ge=1, le=MOST_ITEMS, description="Items in one answer.")
    cursor: str = Field("", max_length=1000, description="`next` of the answer before.")

    def asked(self) -> Asked:
        """Return what is asked for; raises FilterNotUnderstoodError rather than to answer with more than that."""
        if self.state and self.state not in {ALL, *GROUPS, *STATES}:
            raise FilterNotUnderstoodError(_("There is no state of this name."), state=self.state)
        if self.proposer and not ADDRESS.fullmatch(self.proposer.lower()):
            raise FilterNotUnderstoodError(_("A proposer is an address: 0x and 40 digits."), proposer=self.proposer)
        return Asked.of({"state": self.state, "proposer": self.proposer, "q": self.q})


class VotesQuery(Schema):
    """Which votes."""

    side: Literal["", "for", "against", "abstain"] = Field("", description="`for`, `against` or `abstain`.")
    q: str = Field("", max_length=200, description="The beginning of a voter's address, or a part of a reason.")
    limit: int = Field(30, ge=1, le=MOST_ITEMS, description="Items in one answer.")
    cursor: str = Field("", max_length=1000, description="`next` of the answer before.")


@router.get("/proposals", response=ProposalsOut, by_alias=True, summary="List proposals")
@public_api
def list_proposals(request: HttpRequest, query: Query[ProposalsQuery]) -> dict[str, object]:
    """Proposals with their votes and state at the last indexed block, the newest first."""
    chain = home_chain()
    now = now_on(chain)
    page = page_of(find_proposals(chain, now, query.asked()), limit=query.limit, cursor=query.cursor)
    return {"items": [_told(chain, Standing(each, now)) for each in page.items], "next": page.next or None}


@router.get("/proposals/{int:number}", response=WholeProposalOut, by_alias=True, summary="Read a proposal")
@public_api
def read_proposal(request: HttpRequest, number: int) -> dict[str, object]:
    """A proposal with its text, and each action in words."""
    chain = home_chain()
    proposal = find_proposal(chain, number)
    told = _told(chain, Standing(proposal, now_on(chain)))
    told["actions"] = [action_out(each) for each in explain_proposal(proposal)]
    steps = {step: getattr(proposal, f"{step}_tx") for step in ("proposed", "queued", "executed", "canceled")}
    transactions = {step: tx for step, tx in steps.items() if tx}
    return {**told, "description": proposal.description, "transactions": transactions, "block": chain.head()}


@router.get("/proposals/{int:number}/votes", response=VotesPageOut, summary="List the votes on a proposal")
@public_api
def list_votes(request: HttpRequest, number: int, query: Query[VotesQuery]) -> dict[str, object]:
    """The votes on a proposal with their reasons, the heaviest first."""
    chain = home_chain()
    proposal = find_proposal(chain, number)
    page = page_of_votes(votes_on(proposal, AskedVotes(query.side, query.q.strip())), query.cursor, query.limit)
    return {"items": [_vote(chain, each) for each in page.items], "next": page.next or None}


def _told(chain: Chain, standing: Standing) -> dict[str, Any]:
    proposal = standing.proposal
    return {
        "id": proposal.number,
        "title": proposal.title,
        "state": standing.name,
        "proposer": proposal.proposer,
        "url": reverse("proposal", args=[proposal.number]),
        "actions": _actions(chain, proposal),
        "votes": {
            "for": str(proposal.in_favour),
            "against": str(proposal.against),
            "abstain": str(proposal.abstain),
        },
        "quorum": {
            "required": str(proposal.quorum),
            "counted": str(standing.counted),
            "reached": standing.has_quorum,
        },
        "times": _times(standing),
    }


def _times(standing: Standing) -> dict[str, datetime | None]:
    proposal = standing.proposal
    waits = standing.name in ("succeeded", "queued", "expired")
    return {
        "proposed": proposal.proposed_at,
        "opens": proposal.snapshot,
        "closes": proposal.deadline,
        "queued": proposal.queued_at,
        "executable": proposal.eta,
        "executed": proposal.executed_at,
        "canceled": proposal.canceled_at,
        "expires": (proposal.eta or proposal.deadline) + GRACE if waits else None,
    }


def _actions(chain: Chain, proposal: OnchainProposal) -> list[dict[str, Any]]:
    batch = zip(proposal.targets, proposal.values, proposal.calldatas, strict=True)
    calls = [(read(chain, target, int(value), data), data) for target, value, data in batch]
    return [
        {
            "target": call.target,
            "contract": call.label,
            "value": str(call.value),
            "calldata": data,
            "signature": call.signature,
        }
        for call, data in calls
    ]


def _vote(chain: Chain, vote: VoteFact) -> dict[str, Any]:
    names = {support: name for name, support in SIDES.items()}
    return {
        "voter": vote.voter,
        "side": names[Support(vote.support)],
        "votes": str(vote.weight),
        "reason": vote.reason,
        "time": vote.time,
        "block": vote.block_number,
        "transaction": vote.tx_hash,
        "log_index": vote.log_index,
        "final": vote.block_number <= chain.final_block(),
    }
