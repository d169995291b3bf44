"""A wallet's statement of one month: what came in, what calls cost, what went back, and the balance before and after.

Days and months are those of UTC. Money in and out is dated by the block that moved it, use by the day on which a call
began. Amounts are smallest units of one token; what went out is below zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Min, Q, QuerySet, Sum
from django.db.models.functions import TruncDay
from django.urls import reverse

from common.fields import WeiField
from common.pages import Page, SortOrder, instant, page_of
from common.statements import Found, Statement, together
from contracts.currencies import Currency, currency_of
from contracts.models import Chain, Event
from contracts.names import ESCROW
from inference.ledger.finding import receipts_of
from inference.ledger.models import Charge
from marketplace.onchain.models.escrow import DepositFact
from marketplace.selling.periods import months_from

MOST_LINES = 500  # on the page; the file has all
MOST_CALLS = 50_000  # in the file
A_BATCH = 2_000  # calls read at once for the file
A_PAGE = 50  # calls of a line
COLUMNS = ("time", "what", "model", "key", "tokens", "amount_smallest_units", "token", "chain", "tx_hash", "receipt")
OLDEST = SortOrder("oldest", F("started_at"), descending=False, parse=instant)


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
class Month:
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


def statement_of(address: str, chain: Chain, token: str, month: date) -> Month:
    """Return the statement of the month that begins on a day. One trip to the database."""
    begins, ends = _moment(month), _moment(months_from(month, 1))
    deposits, use = _deposits(address, chain, token), _use(address, chain, token)
    asked = (
        _before(deposits, "time", begins),
        _before(use, "started_at", begins),
        deposits.filter(time__gte=begins, time__lt=ends),
        _drawn(address, chain, token).filter(time__lt=ends),
        _days(use.filter(started_at__gte=begins, started_at__lt=ends)),
    )
    paid, used, came, went, days = together(*(Statement[Any](each).asked() for each in asked))
    drawn = [_withdrawal(each) for each in went]
    opening = _sum(paid) - _sum(used) + sum(line.units for line in drawn if line.at < begins)
    moved = [
        *(Line(each.time, "deposit", each.amount, tx_hash=each.tx_hash) for each in came),
        *(line for line in drawn if line.at >= begins),
    ]
    lines = sorted([*moved, *map(_use_line, days.read)], key=lambda line: line.at)
    first = min((each.read[0][1] for each in (paid, used) if each), default=begins)
    earliest = first.astimezone(UTC).date().replace(day=1)
    return Month(chain, token, month, opening, list(_added_up(lines, opening)), earliest)


@dataclass(frozen=True)
class Receipted:
    """A paid call, and the secret address of its receipt."""

    charge: Charge
    secret: str

    @property
    def tokens(self) -> int:
        """What it read and wrote."""
        return self.charge.prompt_tokens + self.charge.completion_tokens


@dataclass(frozen=True)
class Calls:
    """A page of the calls of one line of a statement, the oldest first."""

    items: list[Receipted]
    next: str


def calls_of(address: str, chain: Chain, token: str, *, day: date, listing: str, key: UUID, cursor: str = "") -> Calls:
    """Return the calls of one line of a statement. Two queries. Raises CursorError."""
    begins = _moment(day)
    calls = _use(address, chain, token).filter(started_at__gte=begins, started_at__lt=begins + timedelta(days=1))
    page: Page[Charge] = page_of(calls.filter(listing=listing, key=key), OLDEST, limit=A_PAGE, cursor=cursor)
    receipts = receipts_of(each.call for each in page.items)
    return Calls([Receipted(each, receipts.get(each.call, "")) for each in page.items], page.next)


def csv_rows(address: str, statement: Month, origin: str) -> Iterator[list[str]]:
    """Yield the month as rows of a file, one a call; ``origin`` is what the addresses of receipts begin with."""
    begins, ends = _moment(statement.month), _moment(months_from(statement.month, 1))
    calls = _use(address, statement.chain, statement.token).filter(started_at__gte=begins, started_at__lt=ends)
    place = [statement.token, statement.chain.short_name]
    for line in statement.lines:
        if not line.is_use:
            yield [line.at.isoformat(), line.what, "", "", "", str(line.units), *place, line.tx_hash, ""]
    rows = calls.order_by("started_at", "pk")[:MOST_CALLS].iterator(chunk_size=A_BATCH)
    while some := list(islice(rows, A_BATCH)):
        receipts = receipts_of(call.call for call in some)
        for call in some:
            tokens = str(call.prompt_tokens + call.completion_tokens)
            told = [call.started_at.isoformat(), "call", call.listing, str(call.key), tokens, str(-call.amount)]
            secret = receipts.get(call.call)
            yield [*told, *place, "", origin + reverse("call-receipt", args=[secret]) if secret else ""]


def _added_up(lines: list[Line], opening: int) -> Iterator[Line]:
    balance = opening
    for line in lines:
        balance += line.units
        yield replace(line, balance=balance)


def _days(use: QuerySet[Charge]) -> QuerySet[Any]:
    """Return a row a day, model and key."""
    days = use.annotate(day=TruncDay("started_at", tzinfo=UTC)).values("day", "listing", "key")
    sums = days.annotate(
        cost=Sum("amount", output_field=WeiField()),
        calls=Count("pk"),
        tokens=Sum(F("prompt_tokens") + F("completion_tokens")),
    )
    ordered = sums.order_by("day", "listing", "key")
    return ordered.values_list("day", "listing", "key", "cost", "calls", "tokens")


def _use_line(row: tuple[Any, ...]) -> Line:
    """Return the line of a row of ``_days``, at the end of the day's calls."""
    day, listing, key, cost, calls, tokens = row
    return Line(datetime.combine(day.date(), time.max, UTC), "use", -int(cost), listing, str(key), calls, int(tokens))


def _deposits(address: str, chain: Chain, token: str) -> QuerySet[DepositFact]:
    return DepositFact.objects.filter(chain=chain, payer=address, token=token)


def _drawn(address: str, chain: Chain, token: str) -> QuerySet[Event]:
    subject = f"escrow-request:{address}:{token}"
    return Event.objects.filter(chain=chain, subject=subject, contract=ESCROW, name="Withdrawn")


def _use(address: str, chain: Chain, token: str) -> QuerySet[Charge]:
    return Charge.objects.filter(Q(amount__gt=0), payer=address, chain_id=chain.pk, token=token)


def _withdrawal(event: Event) -> Line:
    return Line(event.time, "withdrawal", -int(event.args["amount"]), tx_hash=event.tx_hash)


def _before(rows: QuerySet[Any], column: str, begins: datetime) -> QuerySet[Any]:
    """Return one row: what they come to before a moment, and when the first of them was; none without any."""
    earlier = Q(**{f"{column}__lt": begins})
    sums: QuerySet[Any] = (
        rows.order_by()
        .values("payer")
        .annotate(all=Sum("amount", filter=earlier, output_field=WeiField(), default=0), first=Min(column))
    )
    return sums.values_list("all", "first")


def _sum(found: Found[Any]) -> int:
    return int(found.read[0][0]) if found else 0


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
