"""Delegates for programs: what the pages show, as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from accounts.addresses import checksum, parse_address
from common.access import public_api
from governance.ground.home import home_chain, now_on
from governance.onchain.holdings import holdings_with
from governance.onchain.models.proposals import ProposalState

from .errors import FormRefusedError
from .finding import Participation, find_delegates, is_beginning, participation_of, rows_of
from .record import delegators_of, votes_of

router = Router(tags=["Governance"])

MOST_ITEMS = 100


class ParticipationOut(Schema):
    """In how many votes that ended an account could vote, by its power then, and did."""

    could: int
    did: int


class DelegateItem(Schema):
    """A delegate in the list."""

    address: str = Field(description="With its checksum.")
    power: str = Field(description="Votes now, in the smallest unit of LATTICE, as a decimal string.")
    delegators: int = Field(description="How many accounts delegate to it, itself among them.")
    recent: ParticipationOut = Field(description="Of the last ten votes that ended.")


class DelegatesOut(Schema):
    """Delegates, the most power first."""

    items: list[DelegateItem]
    next: str = Field(description="`cursor` of the next page; empty at the end.")


class VoteItem(Schema):
    """A proposal that the delegate could vote on."""

    proposal: int
    title: str
    state: str
    vote: str | None = Field(description="`for`, `against` or `abstain`; null where it did not vote.")
    power: str = Field(description="At the snapshot, in the smallest unit of LATTICE.")
    reason: str
    tx_hash: str


class DelegatorItem(Schema):
    """Who delegates to it."""

    address: str
    balance: str = Field(description="In the smallest unit of LATTICE.")


class DelegateOut(Schema):
    """An address as a delegate; any address has one."""

    address: str
    power: str
    balance: str
    delegate: str | None = Field(description="Whom its own LATTICE is delegated to.")
    delegator_count: int
    participation: ParticipationOut
    votes: list[VoteItem]
    next_votes: str
    delegators: list[DelegatorItem]
    next_delegators: str
    block: int = Field(description="The block that all of it is as of.")
    time: datetime


class DelegatesQuery(Schema):
    """Which page of the list."""

    begins: str = Field("", max_length=42, description="How the address begins.")
    limit: int = Field(30, ge=1, le=MOST_ITEMS, description="Items in one answer.")
    cursor: str = Field("", max_length=500, description="`next` of the answer before.")


class DelegateQuery(Schema):
    """Which pages of a delegate's votes and delegators."""

    votes: str = Field("", max_length=500, description="`next_votes` of the answer before.")
    delegators: str = Field("", max_length=500, description="`next_delegators` of the answer before.")


@router.get("/delegates", response=DelegatesOut)
@public_api
def list_delegates(request: HttpRequest, query: Query[DelegatesQuery]) -> dict[str, Any]:
    """List who votes with how much."""
    begins, chain = query.begins.lower(), home_chain()
    if begins and not is_beginning(begins):
        raise FormRefusedError("An address is 0x and hexadecimal digits: `begins` is how it begins.")
    page = find_delegates(chain, now_on(chain), begins=begins, cursor=query.cursor, limit=query.limit)
    items = [
        {
            "address": checksum(row.address),
            "power": str(row.power),
            "delegators": row.delegators,
            "recent": {"could": row.recent.could, "did": row.recent.did},
        }
        for row in rows_of(page)
    ]
    return {"items": items, "next": page.next}


@router.get("/delegates/{address}", response=DelegateOut)
@public_api
def show_delegate(request: HttpRequest, address: str, query: Query[DelegateQuery]) -> dict[str, Any]:
    """Show an address's power, votes and delegators."""
    account, chain = parse_address(address), home_chain()
    now = now_on(chain)
    held, read = holdings_with(chain, [account], took_part=participation_of(account, now))
    lines, next_votes = votes_of(chain, account, now, cursor=query.votes)
    page = delegators_of(chain, account, cursor=query.delegators)
    mine, took_part = held[account], Participation(**(read["took_part"] or {}))
    return {
        "address": checksum(account),
        "power": str(mine.power),
        "balance": str(mine.balance),
        "delegate": checksum(mine.delegate) if mine.has_delegate else None,
        "delegator_count": mine.delegators,
        "participation": {"could": took_part.could, "did": took_part.did},
        "votes": [_vote(line) for line in lines],
        "next_votes": next_votes,
        "delegators": [{"address": checksum(each.key), "balance": str(each.amount)} for each in page.items],
        "next_delegators": page.next,
        "block": chain.head(),
        "time": now,
    }


def _vote(line: Any) -> dict[str, Any]:
    return {
        "proposal": line.proposal.number,
        "title": line.proposal.title,
        "state": ProposalState(line.proposal.state).name.lower(),
        "vote": line.support.name.lower() if line.support is not None else None,
        "power": str(line.power),
        "reason": line.reason,
        "tx_hash": line.tx_hash,
    }
