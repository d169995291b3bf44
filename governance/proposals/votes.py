"""The votes on a proposal, the heaviest first: by pages, filtered and searched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlencode

from django.db.models import F, Q, QuerySet

from common.fields import bounded_wei
from common.pages import KeysetChain, Page, SortOrder
from common.statements import Given, Statement
from governance.onchain.models.proposals import OnchainProposal, Support, VoteFact

from .finding import home_id

A_PAGE = 20
SIDES = {"for": Support.FOR, "against": Support.AGAINST, "abstain": Support.ABSTAIN}
HEAVIEST = SortOrder("heaviest", F("weight"), True, bounded_wei)


@dataclass(frozen=True)
class AskedVotes:
    """Which votes are wanted: of one side, by voters or reasons that contain a text."""

    side: str = ""
    text: str = ""
    cursor: str = ""

    @classmethod
    def of(cls, said: Mapping[str, str]) -> AskedVotes:
        """Return what an address asks for."""
        side = said.get("side", "")
        text = " ".join(said.get("voter", "").replace("\x00", " ").split())[:200]
        return cls(side if side in SIDES else "", text, said.get("after", "")[:1000])

    @property
    def is_all(self) -> bool:
        """Whether it is the first page of all."""
        return not (self.side or self.text or self.cursor)

    def query(self, **other: str) -> str:
        """Return it as a query, with other values in the place of its own; the page is the first again."""
        said = {"side": self.side, "voter": self.text, **other}
        return urlencode({name: value for name, value in said.items() if value})


def votes_on(proposal: OnchainProposal, asked: AskedVotes = AskedVotes()) -> QuerySet[VoteFact]:
    """Return the votes on a proposal that are asked for."""
    votes = VoteFact.objects.filter(chain=proposal.chain_id, proposal=proposal.number)
    if asked.side:
        votes = votes.filter(support=SIDES[asked.side])
    if asked.text:
        votes = votes.filter(Q(reason__icontains=asked.text) | Q(voter__startswith=asked.text.lower()))
    return votes


def page_of(votes: QuerySet[VoteFact], cursor: str, limit: int = A_PAGE) -> Page[VoteFact]:
    """Return a page of votes, the heaviest first. One query. Raises CursorError."""
    pages = KeysetChain([(votes, HEAVIEST)], limit=limit, cursor=cursor)
    return pages.page(pages.read())


@cache
def heaviest() -> Statement[VoteFact]:
    """Return the statement for the first page of a proposal's votes, and one more (``name``, ``number``)."""
    votes = VoteFact.objects.filter(chain=home_id(), proposal=Given("number"))
    return Statement(votes.annotate(sort_key=F("weight")).order_by("-sort_key", "pk")[: A_PAGE + 1])


def first_page(found: list[VoteFact]) -> Page[VoteFact]:
    """Return the page that ``heaviest`` found."""
    items = found[:A_PAGE]
    return Page(items, HEAVIEST.encode(items[-1]) if len(found) > A_PAGE else "")
