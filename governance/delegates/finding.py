"""Delegates as the list shows them: by power, each with how many of the last votes it took part in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Count, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, JSONObject, Left

from common.fields import WeiField, bounded_wei
from common.pages import Page, SortOrder, page_of
from common.text import clean_line
from contracts.models import Chain, Tally
from governance.onchain.models.power import ALL_POWER, POWER, TOTAL, OnchainDelegation, PowerFact
from governance.onchain.models.proposals import SENTINEL, OnchainProposal, VoteFact

from .models import DelegateStatement

RECENT = 10  # proposals of which a list shows who voted
BY_POWER = SortOrder("power", F("amount"), descending=True, parse=bounded_wei)
BEGINNING = 400  # characters of a statement, of which the first line is shown
MOST_LINE = 120
HEX = "0123456789abcdef"


@dataclass(frozen=True)
class Participation:
    """In how many of the votes that ended an account could vote, by its power at the snapshot, and did."""

    could: int = 0
    did: int = 0


@dataclass(frozen=True)
class DelegateRow:
    """A delegate in the list. ``power`` is in the smallest unit, ``says`` the first line of its statement."""

    address: str
    power: int
    delegators: int
    says: str
    recent: Participation


@dataclass(frozen=True)
class AllDelegates:
    """How many delegates have power, and how much all of them have, in the smallest unit."""

    count: int
    power: int


def find_delegates(chain: Chain, now: datetime, *, begins: str = "", cursor: str = "", limit: int = 30) -> Page[Tally]:
    """Return accounts with power, the most first; those whose address begins with ``begins``. One query.

    ``rows_of`` reads what is annotated. Raises CursorError.
    """
    found = Tally.objects.filter(chain=chain, kind=POWER, amount__gt=0).exclude(key=SENTINEL)
    if begins:
        # A range, which an index finds in any collation: hexadecimal digits alone follow.
        found = found.filter(key__gte=begins, key__lte=begins + "f" * (42 - len(begins)))
    return page_of(_with_rows(found, chain, now), BY_POWER, limit=limit, cursor=cursor)


def rows_of(page: Page[Tally]) -> list[DelegateRow]:
    """Return a page of ``find_delegates`` as rows."""
    return [_row(each) for each in page.items]


def all_delegates(chain: Chain) -> dict[str, Any]:
    """Return the number and the power of all delegates as SQL, for ``holdings_with``; ``all_of`` reads them."""
    powers = Tally.objects.filter(chain=OuterRef("pk"), kind=POWER)
    count = powers.filter(amount__gt=0).exclude(key=SENTINEL).values("chain").annotate(n=Count("pk")).values("n")
    total = Tally.objects.filter(chain=OuterRef("pk"), kind=TOTAL, key=ALL_POWER).values("amount")
    never = powers.filter(key=SENTINEL).values("amount")
    amounts = {"all_power": total, "never_votes": never}
    zero = {name: Coalesce(Subquery(each), 0, output_field=WeiField()) for name, each in amounts.items()}
    return {"delegates": Coalesce(Subquery(count), 0), **zero}


def all_of(read: dict[str, Any]) -> AllDelegates:
    """Return what ``all_delegates`` found."""
    return AllDelegates(read["delegates"], read["all_power"] - read["never_votes"])


def participation_of(account: str, now: datetime) -> Any:
    """Return an account's participation in all votes that ended, as SQL of the chain's row."""
    ended = _ended(now).filter(chain=OuterRef("pk")).annotate(power=power_then(Value(account)))
    cast = VoteFact.objects.filter(chain=OuterRef("chain"), proposal=OuterRef("number"), voter=account)
    counted = ended.filter(power__gt=0).annotate(said=Subquery(cast.values("support")[:1]))
    sums = counted.order_by().values("chain").annotate(could=Count("pk"), did=Count("said"))
    return Subquery(sums.values(row=JSONObject(could="could", did="did")))


def power_then(account: Any) -> Coalesce:
    """Return an account's power at the snapshot of the outer query's proposal, as SQL."""
    until = PowerFact.objects.filter(chain=OuterRef("chain"), account=account, time__lte=OuterRef("snapshot"))
    last = until.order_by("-time", "-block_number", "-log_index").values("votes")[:1]
    return Coalesce(Subquery(last), 0, output_field=WeiField())


def first_line(text: str) -> str:
    """Return what a statement says first, without the marks of Markdown, and no longer than a line."""
    lines = (clean_line(line).strip("#>*_- ") for line in text.splitlines())
    line = next(filter(None, lines), "")
    return line if len(line) <= MOST_LINE else line[:MOST_LINE].rsplit(" ", 1)[0] + "…"


def _ended(now: datetime) -> QuerySet[OnchainProposal]:
    return OnchainProposal.objects.filter(deadline__lt=now, canceled_at__isnull=True)


def _with_rows(found: QuerySet[Tally], chain: Chain, now: datetime) -> QuerySet[Tally]:
    delegators = OnchainDelegation.objects.filter(chain=chain, delegate=OuterRef("key")).order_by()
    said = DelegateStatement.objects.filter(author=OuterRef("key")).order_by("-id")
    last = _ended(now).filter(chain=chain).order_by("-number")[:RECENT].values("pk")
    cast = VoteFact.objects.filter(chain=chain, proposal=OuterRef("number"), voter=OuterRef(OuterRef("key")))
    recent = OnchainProposal.objects.filter(pk__in=last).annotate(power=power_then(OuterRef(OuterRef("key"))))
    marks = recent.filter(power__gt=0).annotate(said=Coalesce(Subquery(cast.values("support")[:1]), -1))
    parts: dict[str, Any] = {
        "delegators": Coalesce(Subquery(delegators.values("chain").annotate(n=Count("pk")).values("n")), 0),
        "says": Coalesce(Subquery(said.values(start=Left("text", BEGINNING))[:1]), Value(""), output_field=CharField()),
        "recent": ArraySubquery(marks.order_by("number").values("said")),
    }
    return found.annotate(**parts)


def _row(found: Any) -> DelegateRow:
    recent = Participation(len(found.recent), sum(mark >= 0 for mark in found.recent))
    return DelegateRow(found.key, int(found.amount), found.delegators, first_line(found.says), recent)


def is_beginning(text: str) -> bool:
    """Say whether an address can begin so: 0x, and hexadecimal digits."""
    return text.startswith("0x") and len(text) <= 42 and all(each in HEX for each in text[2:])
