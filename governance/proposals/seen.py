"""A proposal as its page, its API and its CSV read it, and what tells whether the page has changed."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, Subquery
from django.utils.translation import get_language

from accounts.models import User
from common.fragments import Lately
from common.pages import Page
from common.statements import Found, Given, Statement, together
from contracts.models import Chain, ParameterFact, RegistrationFact, RoleMember
from governance.calls.explaining import Explained, explain_proposal
from governance.ground.home import dao_of, home_chains, now_on
from governance.onchain.models.power import OnchainDelegation, PowerFact
from governance.onchain.models.proposals import OnchainProposal, VoteFact
from governance.onchain.models.settings import MandateFact, SettingFact
from governance.onchain.models.treasury import AssetFact

from .absent import absent
from .course import Step, course_of, own_events, subject_of
from .curve import SLOTS, Curve, curve_of, slots
from .discussed import discussions, key_of
from .errors import ProposalNotFoundError
from .finding import BIGINT, numbered
from .standing import Standing
from .votes import first_page, heaviest

FIGURES_KEPT = 300  # seconds that an effect may be old: those of fees move with each sale
_explained = Lately[list[Explained]](FIGURES_KEPT)


@cache
def recorded() -> Statement[Chain]:
    """Return the statement for what tells the records apart by which actions are put into words (``name``)."""
    of_chain = (ParameterFact, SettingFact, MandateFact, RegistrationFact, AssetFact, RoleMember, OnchainDelegation)
    last: dict[str, Any] = {f"last_{place}": _last(kind) for place, kind in enumerate(of_chain)}
    last["people"] = Subquery(User.objects.order_by("-pk").values("pk")[:1])  # whose addresses others may look like
    rows: Any = Chain.objects.filter(short_name=Given("name"))
    return Statement(rows.annotate(**last).values_list(*last))


def _last(kind: Any) -> Subquery:
    return Subquery(kind.objects.filter(chain=OuterRef("pk")).order_by("-pk").values("pk")[:1])


@dataclass(frozen=True)
class Seen:
    """A proposal at the last indexed block, with what its page shows. ``row`` tells its row from any other."""

    standing: Standing
    row: bytes
    parts: list[Found[Any]]

    @property
    def chain(self) -> Chain:
        """Its chain."""
        return self.standing.proposal.chain

    @property
    def proposal(self) -> OnchainProposal:
        """The proposal, with its votes."""
        return self.standing.proposal

    @property
    def votes(self) -> Page[VoteFact]:
        """The first page of votes."""
        return first_page(list(self.parts[0]))

    @property
    def curve(self) -> Curve | None:
        """The votes over time, None without any."""
        return curve_of(self.proposal, self.parts[1].read, self._until)

    @property
    def absent(self) -> Found[PowerFact]:
        """Who could vote and has not."""
        found: Found[PowerFact] = self.parts[2]
        return found

    @property
    def course(self) -> list[Step]:
        """What was done with it, and what comes."""
        return course_of(self.standing, self.parts[4])

    @property
    def comments(self) -> int:
        """How many comments its discussion shows."""
        return next((comments for (comments,) in self.parts[5].read), 0)

    @property
    def key(self) -> Hashable:
        """What tells the page from any other that shows this proposal."""
        verified = self.chain.last_verification()
        told = verified and (verified.block_number, len(verified.differences), verified.made_at)
        parts = tuple(part.key for part in self.parts)
        return self.row, parts, self.standing.key, self._until, self.unsettled, told, self._lately

    @property
    def actions(self) -> list[Explained]:
        """Its actions in words, with what they come to."""
        key = (self.row, self.parts[3].key, self._lately, get_language())
        return _explained.get(key, lambda: explain_proposal(self.proposal))

    @property
    def _lately(self) -> int:
        return int(self.standing.now.timestamp()) // FIGURES_KEPT

    @property
    def unsettled(self) -> int:
        """Blocks that have yet to follow until what was last done, or voted, is final; 0 where it is."""
        last: int = max([self.proposal.changed_block, *(vote.block_number for vote in self.parts[0])])
        return max(0, last - self.chain.final_block())

    @property
    def _until(self) -> datetime:
        """The time up to which votes are drawn: the chain's, by steps, or no page would be the same for long."""
        begin, end = self.proposal.snapshot, self.proposal.deadline
        step = max((end - begin) / SLOTS, timedelta(seconds=1))
        until = min(self.standing.now, end, self.proposal.canceled_at or end)
        return begin + (until - begin) // step * step


def see(number: int) -> Seen:
    """Return a proposal as of the last indexed block. One trip to the database. Raises ProposalNotFoundError."""
    asked: dict[str, Any] = {"name": settings.HOME_CHAIN, "number": min(number, BIGINT - 1)}
    kinds = (heaviest(), slots(), absent(), recorded())
    events = own_events().asked(name=settings.HOME_CHAIN, subject=subject_of(number))
    talk = discussions().asked(key=key_of(asked["number"]))
    chains, found, *parts = together(
        home_chains().asked(), numbered().asked(**asked), *(each.asked(**asked) for each in kinds), events, talk
    )
    return Seen(_standing(chains, found), found.key, parts)


def standing_of(number: int) -> Standing:
    """Return where a proposal stands. One trip to the database. Raises ProposalNotFoundError."""
    asked = {"name": settings.HOME_CHAIN, "number": min(number, BIGINT - 1)}
    return _standing(*together(home_chains().asked(), numbered().asked(**asked)))


def _standing(chains: Sequence[Chain], found: Sequence[OnchainProposal]) -> Standing:
    chain = dao_of(chains)
    if not found:
        raise ProposalNotFoundError
    proposal = found[0]
    proposal.chain = chain
    return Standing(proposal, now_on(chain))
