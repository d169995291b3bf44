"""What of the DAO is a visitor's own: power, whom it comes from, and votes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from common.fields import WeiField
from common.statements import Found, Question, Statement
from contracts.models import Chain, Tally
from governance.onchain.models.power import BALANCE, OnchainDelegation, PowerFact
from governance.onchain.models.proposals import OnchainProposal, ProposalQuerySet, VoteFact

MOST_VOTES = 500  # of a visitor's that are looked at: the latest
LAST = 10  # proposals of which it is said how many the visitor voted on
NEWEST_POWER = ("-time", "-block_number", "-log_index")


@dataclass(frozen=True)
class Own:
    """A visitor's part. ``powers`` and ``choices`` are by a proposal's number; votes are in LATTICE's smallest unit.

    ``delegate`` is who has the wallet's own votes, "" for nobody. ``others`` is how many others gave it theirs.
    """

    votes: int
    balance: int
    delegate: str
    others: int
    voted: int
    opened: int
    powers: dict[int, int]
    choices: dict[int, int]
    account: str

    @property
    def is_own_delegate(self) -> bool:
        """Whether the wallet's own LATTICE votes for itself."""
        return self.delegate == self.account

    @property
    def self_votes(self) -> int:
        """What of its votes comes from its own LATTICE."""
        return min(self.balance, self.votes) if self.is_own_delegate else 0

    @property
    def others_votes(self) -> int:
        """What of its votes comes from others."""
        return self.votes - self.self_votes


def with_power_of(proposals: ProposalQuerySet, account: str) -> ProposalQuerySet:
    """Annotate proposals with the votes that an account can cast on each, as ``own_power``."""
    powers = PowerFact.objects.filter(chain=OuterRef("chain"), account=account, time__lte=OuterRef("snapshot"))
    found: dict[str, Any] = {"own_power": _number(powers.order_by(*NEWEST_POWER).values("votes"))}
    return proposals.annotate(**found)


def own_asked(chain: Chain, now: datetime, account: str) -> list[Question[Any]]:
    """Return what has to be asked about an account, for ``own_of``."""
    votes = VoteFact.objects.filter(chain=chain, voter=account).order_by("-block_number")
    opened = OnchainProposal.objects.filter(chain=chain, snapshot__lt=now).order_by("-number")
    asked: list[QuerySet[Any, Any]] = [
        _account(chain, account),
        votes.values_list("proposal", "support")[:MOST_VOTES],
        opened.values_list("number")[:LAST],
    ]
    return [Statement(each).asked() for each in asked]


def own_of(account: str, found: Sequence[Found[Any]], proposals: Sequence[OnchainProposal]) -> Own:
    """Return what ``own_asked`` has found, with the powers of proposals that were read ``with_power_of`` it."""
    (row,), votes, opened = (each.read for each in found)
    current, balance, delegate, others = row
    choices = {int(number): int(support) for number, support in votes}
    powers = {each.number: int(getattr(each, "own_power", 0)) for each in proposals}
    numbers = [int(number) for (number,) in opened]
    cast = sum(number in choices for number in numbers)
    return Own(int(current), int(balance), delegate or "", int(others), cast, len(numbers), powers, choices, account)


def _account(chain: Chain, account: str) -> QuerySet[Any, Any]:
    powers = PowerFact.objects.filter(chain=OuterRef("pk"), account=account).order_by(*NEWEST_POWER)
    balances = Tally.objects.filter(chain=OuterRef("pk"), kind=BALANCE, key=account)
    delegated = OnchainDelegation.objects.filter(chain=OuterRef("pk"))
    others = delegated.filter(~Q(delegator=account), delegate=account).order_by().values("chain")
    return (
        Chain.objects.filter(pk=chain.pk)
        .annotate(
            votes=_number(powers.values("votes")),
            balance=_number(balances.values("amount")),
            own_delegate=Subquery(delegated.filter(delegator=account).values("delegate")[:1]),
            others=Coalesce(Subquery(others.annotate(n=Count("pk")).values("n")), 0),
        )
        .values_list("votes", "balance", "own_delegate", "others")
    )


def _number(rows: QuerySet[Any, Any]) -> Coalesce:
    return Coalesce(Subquery(rows[:1]), 0, output_field=WeiField())
