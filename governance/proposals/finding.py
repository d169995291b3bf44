"""Proposals as the list's page and the API find them: filtered by what stands with them, the newest first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from urllib.parse import urlencode

from django.db.models import F, Subquery

from common.pages import KeysetChain, Page, SortOrder, bounded_int
from common.statements import Given, Statement
from contracts.models import Chain
from governance.onchain.models.proposals import OnchainProposal, ProposalQuerySet, ProposalState

from .errors import ProposalNotFoundError
from .standing import UNDER_WAY

GROUPS: dict[str, tuple[ProposalState, ...]] = {
    "under-way": UNDER_WAY,
    "done": (ProposalState.EXECUTED, ProposalState.DEFEATED, ProposalState.CANCELED, ProposalState.EXPIRED),
}
STATES = {state.name.lower(): state for state in ProposalState}
ADDRESS = re.compile(r"0x[0-9a-f]{40}")
MOST_WORDS = 8
ALL = "all"
BIGINT = 2**63
NEWEST = SortOrder("newest", F("number"), True, bounded_int)


@dataclass(frozen=True)
class Asked:
    """Which proposals are wanted. ``state`` is a group, the name of one, or ``ALL``."""

    state: str = ALL
    proposer: str = ""
    words: str = ""

    @classmethod
    def of(cls, said: Mapping[str, str], usual: str = ALL) -> Asked:
        """Return what an address asks for; what it says in vain is left out. ``usual`` is the state without a word."""
        state, proposer = said.get("state", ""), said.get("proposer", "").strip().lower()
        return cls(
            state if state in {ALL, *GROUPS, *STATES} else usual,
            proposer if ADDRESS.fullmatch(proposer) else "",
            " ".join(said.get("q", "").replace("\x00", " ").split()[:MOST_WORDS])[:200],
        )

    @property
    def group(self) -> str:
        """The group that the state belongs to."""
        of_one = (name for name, states in GROUPS.items() if STATES.get(self.state) in states)
        return self.state if self.state in GROUPS else next(of_one, ALL)

    @property
    def is_narrow(self) -> bool:
        """Whether more is asked than a state."""
        return bool(self.proposer or self.words)

    def query(self, **other: str) -> str:
        """Return it as a query, with other values in the place of its own."""
        said = {"state": self.state, "proposer": self.proposer, "q": self.words, **other}
        return urlencode({name: value for name, value in said.items() if value})


def find_proposals(chain: Chain, now: datetime, asked: Asked = Asked()) -> ProposalQuerySet:
    """Return the proposals that are asked for, each with its standing at a time of the chain."""
    found = OnchainProposal.objects.filter(chain=chain).with_standing(now)
    if asked.state != ALL:
        found = found.in_states(GROUPS[asked.state] if asked.state in GROUPS else [STATES[asked.state]])
    if asked.proposer:
        found = found.filter(proposer=asked.proposer)
    for word in asked.words.split():
        found = found.filter(description__icontains=word)
    return found


def page_of(found: ProposalQuerySet, *, limit: int, cursor: str = "") -> Page[OnchainProposal]:
    """Return a page of proposals, the newest first. One query. Raises CursorError."""
    pages = KeysetChain([(found, NEWEST)], limit=limit, cursor=cursor)
    return pages.page(pages.read())


def home_id() -> Subquery:
    """Return the id of the chain of a short ``name`` as SQL, for statements that are asked with the chain itself."""
    return Subquery(Chain.objects.filter(short_name=Given("name")).values("pk")[:1])


def of_proposal(field: str) -> Subquery:
    """Return a column of the proposal of a ``number`` on that chain, in the same way."""
    one = OnchainProposal.objects.filter(chain=home_id(), number=Given("number"))
    return Subquery(one.values(field)[:1])


def open_vote(chain: Chain, now: datetime) -> OnchainProposal | None:
    """Return the proposal whose vote ends first of those that are open, or else the newest; None without any."""
    found = OnchainProposal.objects.filter(chain=chain).with_standing(now)
    return found.in_states([ProposalState.ACTIVE]).order_by("deadline").first() or found.order_by("-number").first()


@cache
def numbered() -> Statement[OnchainProposal]:
    """Return the statement for the proposal of a ``number`` on the chain of a short ``name``, with its votes."""
    one = OnchainProposal.objects.filter(chain=home_id(), number=Given("number"))
    return Statement(one.with_votes())


def find_proposal(chain: Chain, number: int) -> OnchainProposal:
    """Return a proposal with its votes. One query. Raises ProposalNotFoundError."""
    found = numbered().find(name=chain.short_name, number=number) if number < BIGINT else []
    if not found:
        raise ProposalNotFoundError
    proposal = found[0]
    proposal.chain = chain
    return proposal
