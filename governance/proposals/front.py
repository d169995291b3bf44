"""What the DAO's front page shows beside its proposals: what comes, what changed, and what is the visitor's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from common.statements import Statement, together
from contracts.models import Chain
from governance.onchain.models.proposals import OnchainProposal, ProposalState, Support

from .changes import Changed, changes_asked, changes_in
from .finding import ALL, GROUPS
from .own import Own, own_asked, own_of, with_power_of
from .standing import Standing
from .text import gist_of

LABELS: dict[str, StrOrPromise] = {
    "under-way": gettext_lazy("Under way"),
    "done": gettext_lazy("Done"),
    ALL: gettext_lazy("All"),
}
MOST_COMING = 6
MOST_UNDER_WAY = 100  # one a proposer may be voted on at a time, and who proposes needs 0.25 % of all votes


@dataclass(frozen=True)
class Row:
    """A proposal in the list. ``choice`` is how the visitor has voted; ``power`` the votes they could cast on it."""

    standing: Standing
    choice: str = ""
    power: int = 0

    @property
    def gist(self) -> str:
        """The beginning of its text, in plain words."""
        return gist_of(self.standing.proposal.description)

    @property
    def wants_vote(self) -> bool:
        """Whether the visitor can vote on it and has not."""
        return self.standing.is_active and self.power > 0 and not self.choice


@dataclass(frozen=True)
class Front:
    """The front page at a time of the chain. ``counts`` are by state."""

    chain: Chain
    now: datetime
    counts: dict[ProposalState, int]
    under_way: list[OnchainProposal]
    changes: list[Changed]
    own: Own | None

    @property
    def groups(self) -> list[tuple[str, StrOrPromise, int]]:
        """The groups, each with its name in addresses, its label, and how many proposals it has."""
        counts = {name: sum(self.counts.get(state, 0) for state in states) for name, states in GROUPS.items()}
        counts[ALL] = self.total
        return [(name, LABELS[name], count) for name, count in counts.items()]

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(self.counts.values())

    @property
    def by_name(self) -> list[tuple[ProposalState, str, int]]:
        """The states that proposals are in, each with its name in addresses and how many are."""
        return [(state, state.name.lower(), count) for state, count in sorted(self.counts.items())]

    @cached_property
    def coming(self) -> list[Standing]:
        """What comes next of those under way, the soonest first."""
        standings = [Standing(each, self.now) for each in self.under_way]
        return sorted((each for each in standings if each.next), key=_soonest)[:MOST_COMING]

    @cached_property
    def featured(self) -> Row | None:
        """The one to show whole: what wants the visitor's vote and ends first, else the vote that ends first."""
        active = [row for row in self.rows(self.under_way) if row.standing.is_active]
        return min(self.wanted or active, key=lambda row: row.standing.proposal.deadline, default=None)

    @cached_property
    def wanted(self) -> list[Row]:
        """The proposals that the visitor can vote on and has not, the one that ends first at the top."""
        rows = [row for row in self.rows(self.under_way) if row.wants_vote]
        return sorted(rows, key=lambda row: row.standing.proposal.deadline)

    def rows(self, proposals: Sequence[OnchainProposal]) -> list[Row]:
        """Return proposals with what the visitor did, or can do."""
        return [self._row(Standing(each, self.now)) for each in proposals]

    def _row(self, standing: Standing) -> Row:
        if self.own is None:
            return Row(standing)
        number = standing.proposal.number
        choice = self.own.choices.get(number)
        return Row(standing, "" if choice is None else str(Support(choice).label), self.own.powers.get(number, 0))


def front_of(chain: Chain, now: datetime, account: str) -> Front:
    """Return what the front page shows at a time, to an account or to nobody (""). One trip to the database."""
    standing = OnchainProposal.objects.filter(chain=chain).with_standing(now)
    by_name: Any = standing  # what ``with_standing`` adds is no column
    counted = Statement(by_name.values_list("state").order_by("state").annotate(count=Count("pk")))
    open_to_come = standing.in_states(GROUPS["under-way"]).order_by("-number")
    open_to_come = with_power_of(open_to_come, account) if account else open_to_come
    under_way = Statement(open_to_come[:MOST_UNDER_WAY])
    asked = own_asked(chain, now, account) if account else []
    counts, open_ones, *rest = together(counted.asked(), under_way.asked(), *changes_asked(chain), *asked)
    changes, own = rest[:2], rest[2:]
    by_state = {ProposalState(state): int(count) for state, count in counts.read}
    found = list(open_ones)
    return Front(
        chain, now, by_state, found, changes_in(chain, changes), own_of(account, own, found) if account else None
    )


def _soonest(standing: Standing) -> datetime:
    return standing.next.at if standing.next else standing.now
