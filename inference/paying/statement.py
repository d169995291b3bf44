"""A wallet's statement of one month: what came in, what calls cost, what went back, and the balance before and after.

Days and months are those of UTC. Money in and out is dated by the block that moved it, use by the day on which a call
began. Amounts are smallest units of one token; what went out is below zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from django.db.models import Count, F, Min, Q, QuerySet, Sum
from django.db.models.functions import TruncDay

from common.fields import WeiField
from contracts.currencies import Currency, currency_of
from contracts.models import Chain, Event
from contracts.names import ESCROW
from inference.ledger.models import Charge
from marketplace.onchain.models.escrow import DepositFact
from marketplace.selling.periods import months_from

MOST_LINES = 500  # on the page; the file has all
MOST_CALLS = 50_000  # in the file
COLUMNS = ("time", "what", "model", "key", "tokens", "amount_smallest_units", "token", "chain", "tx_hash")


@dataclass(frozen=True)
class Line:
    """One line: a deposit, a withdrawal, or a day's calls of one model by one key."""

    at: datetime
    what: str
    units: int
    listing: str = ""
    key: str = ""
    calls: int = 0
    tokens: int = 0
    tx_hash: str = ""
    balance: int = 0

    @property
    def is_use(self) -> bool:
        """Whether calls were paid."""
        return self.what == "use"


@dataclass(frozen=True)
class Statement:
    """A month of one currency; ``lines`` are in the order of time, each with the balance after it."""

    chain: Chain
    token: str
    month: date
    opening: int
    lines: list[Line]
    earliest: date

    @property
    def currency(self) -> Currency:
        """What it is counted in."""
        return currency_of(self.chain, self.token)

    @property
    def closing(self) -> int:
        """The balance at the end."""
        return self.lines[-1].balance if self.lines else self.opening

    @property
    def paid_in(self) -> int:
        """What came in."""
        return sum(line.units for line in self.lines if line.units > 0)

    @property
    def used(self) -> int:
        """What calls cost."""
        return -sum(line.units for line in self.lines if line.is_use)

    @property
    def drawn(self) -> int:
        """What went back."""
        return -sum(line.units for line in self.lines if line.units < 0 and not line.is_use)

    @property
    def shown(self) -> list[Line]:
        """The newest lines first, as many as a page holds."""
        return self.lines[::-1][:MOST_LINES]

    @property
    def before(self) -> date | None:
        """The month before, if anything happened in it or earlier."""
        return months_from(self.month, -1) if self.month > self.earliest else None

    @property
    def after(self) -> date | None:
        """The month after, unless that has not begun."""
        following = months_from(self.month, 1)
        return following if following <= datetime.now(UTC).date() else None


def statement_of(address: str, chain: Chain, token: str, month: date) -> Statement:
    """Return the statement of the month that begins on a day. Seven queries."""
    begins, ends = _moment(month), _moment(months_from(month, 1))
    within = (Q(time__gte=begins), Q(time__lt=ends))
    deposits, drawn, use = _deposits(address, chain, token), _drawn(address, chain, token), _use(address, chain, token)
    opening = _sum(deposits.filter(time__lt=begins)) - _sum(use.filter(started_at__lt=begins))
    opening -= sum(int(args["amount"]) for args in drawn.filter(time__lt=begins).values_list("args", flat=True))
    moved = [
        *(Line(each.time, "deposit", each.amount, tx_hash=each.tx_hash) for each in deposits.filter(*within)),
        *(_withdrawal(each) for each in drawn.filter(*within)),
    ]
    days = _days(use.filter(started_at__gte=begins, started_at__lt=ends))
    lines = sorted([*moved, *days], key=lambda line: line.at)
    first = min(filter(None, (_first(deposits, "time"), _first(use, "started_at"))), default=begins)
    earliest = first.astimezone(UTC).date().replace(day=1)
    return Statement(chain, token, month, opening, list(_added_up(lines, opening)), earliest)


def csv_rows(address: str, statement: Statement) -> Iterator[list[str]]:
    """Yield the month as rows of a file, one a call."""
    begins, ends = _moment(statement.month), _moment(months_from(statement.month, 1))
    calls = _use(address, statement.chain, statement.token).filter(started_at__gte=begins, started_at__lt=ends)
    place = [statement.token, statement.chain.short_name]
    for line in statement.lines:
        if not line.is_use:
            yield [line.at.isoformat(), line.what, "", "", "", str(line.units), *place, line.tx_hash]
    for call in calls.order_by("started_at", "pk")[:MOST_CALLS].iterator(chunk_size=2_000):
        tokens = str(call.prompt_tokens + call.completion_tokens)
        at = call.started_at.isoformat()
        yield [at, "call", call.listing, str(call.key), tokens, str(-call.amount), *place, ""]


def _added_up(lines: list[Line], opening: int) -> Iterator[Line]:
    balance = opening
    for line in lines:
        balance += line.units
        yield replace(line, balance=balance)


def _days(use: QuerySet[Charge]) -> Iterator[Line]:
    """Yield a line a day, model and key, at the end of the day's calls."""
    days = use.annotate(day=TruncDay("started_at", tzinfo=UTC)).values("day", "listing", "key")
    sums = days.annotate(
        cost=Sum("amount", output_field=WeiField()),
        calls=Count("pk"),
        tokens=Sum(F("prompt_tokens") + F("completion_tokens")),
    )
    for row in sums.order_by("day", "listing", "key"):
        at = datetime.combine(row["day"].date(), time.max, UTC)
        yield Line(at, "use", -int(row["cost"]), row["listing"], str(row["key"]), row["calls"], row["tokens"])


def _deposits(address: str, chain: Chain, token: str) -> QuerySet[DepositFact]:
    return DepositFact.objects.filter(chain=chain, payer=address, token=token)


def _drawn(address: str, chain: Chain, token: str) -> QuerySet[Event]:
    subject = f"escrow-request:{address}:{token}"
    return Event.objects.filter(chain=chain, subject=subject, contract=ESCROW, name="Withdrawn")


def _use(address: str, chain: Chain, token: str) -> QuerySet[Charge]:
    return Charge.objects.filter(Q(amount__gt=0), payer=address, chain_id=chain.pk, token=token)


def _withdrawal(event: Event) -> Line:
    return Line(event.time, "withdrawal", -int(event.args["amount"]), tx_hash=event.tx_hash)


def _sum(rows: QuerySet[DepositFact] | QuerySet[Charge]) -> int:
    return int(rows.aggregate(all=Sum("amount", output_field=WeiField(), default=0))["all"])


def _first(rows: QuerySet[DepositFact] | QuerySet[Charge], column: str) -> datetime | None:
    found: datetime | None = rows.aggregate(first=Min(column))["first"]
    return found


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
