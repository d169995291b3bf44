"""What a delegate did: every vote that it could take part in, and whose LATTICE it votes with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, OuterRef, Q, Subquery, Value
from django.db.models.functions import JSONObject

from common.fields import bounded_wei
from common.pages import Page, SortOrder, bounded_int, page_of
from contracts.models import Chain, Tally
from governance.ground.course import Course, course_of
from governance.onchain.models.power import BALANCE, OnchainDelegation, PowerFact
from governance.onchain.models.proposals import OnchainProposal, Support, VoteFact

from .finding import power_then

A_PAGE = 20
SHOWN = timedelta(days=365)  # of the course, at most
LEAST_SHOWN = timedelta(days=7)
BY_NUMBER = SortOrder("votes", F("number"), descending=True, parse=bounded_int)
BY_BALANCE = SortOrder("delegators", F("amount"), descending=True, parse=bounded_wei)
VOTE = ("support", "weight", "reason", "tx_hash")


@dataclass(frozen=True)
class VoteLine:
    """A proposal that the delegate could vote on, or did: with ``weight``, else with the ``power`` it had then."""

    proposal: OnchainProposal
    power: int
    support: Support | None
    reason: str
    tx_hash: str
    is_open: bool

    @property
    def has_voted(self) -> bool:
        """Whether it voted."""
        return self.support is not None


def votes_of(chain: Chain, account: str, now: datetime, *, cursor: str = "") -> tuple[list[VoteLine], str]:
    """Return a page of the proposals an account could vote on, the newest first, and the next cursor. One query."""
    cast = VoteFact.objects.filter(chain=chain, proposal=OuterRef("number"), voter=account)
    begun = OnchainProposal.objects.filter(chain=chain, snapshot__lt=now).annotate(
        power=power_then(Value(account)),
        vote=Subquery(cast.values(row=JSONObject(**{name: name for name in VOTE}))[:1]),
    )
    could = begun.filter(Q(power__gt=0) | Q(vote__isnull=False)).with_standing(now)
    page = page_of(could, BY_NUMBER, limit=A_PAGE, cursor=cursor)
    return [_line(each, now) for each in page.items], page.next


def delegators_of(chain: Chain, account: str, *, cursor: str = "") -> Page[Tally]:
    """Return who delegates to an account and has LATTICE, the most first: ``key`` and ``amount``. One query."""
    theirs = OnchainDelegation.objects.filter(chain=chain, delegate=account).values("delegator")
    held = Tally.objects.filter(chain=chain, kind=BALANCE, amount__gt=0, key__in=theirs)
    return page_of(held, BY_BALANCE, limit=A_PAGE, cursor=cursor)


def power_course(chain: Chain, account: str, now: datetime) -> Course | None:
    """Return an account's power over the last year, the last of each day; None where it never had any. One query."""
    facts = PowerFact.objects.filter(chain=chain, account=account, time__lte=now)
    newest = facts.order_by("-time__date", "-time", "-block_number", "-log_index").distinct("time__date")
    changes = list(_within(newest.values_list("time", "votes").iterator(), now - SHOWN))[::-1]
    if not changes:
        return None
    start = min(max(changes[0][0], now - SHOWN), now - LEAST_SHOWN)
    return course_of(changes, start, now)


def _within(changes: Iterator[tuple[datetime, int]], start: datetime) -> Iterator[tuple[datetime, int]]:
    """Yield the changes back to the one that held at ``start``."""
    for time, votes in changes:
        yield time, int(votes)
        if time <= start:
            return


def _line(found: Any, now: datetime) -> VoteLine:
    vote = found.vote
    said = Support(vote["support"]) if vote else None
    power = int(vote["weight"]) if vote else found.power
    reason, tx_hash = (vote["reason"], vote["tx_hash"]) if vote else ("", "")
    is_open = found.canceled_at is None and found.deadline >= now
    return VoteLine(found, power, said, reason, tx_hash, is_open)
