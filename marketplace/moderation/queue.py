"""The queue: cases that wait, the most urgent and the oldest first."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, IntegerField, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from common.pages import MALFORMED, CursorError, bounded_int
from marketplace.ground.cases import CLAIMED_FOR, Case, CaseQuerySet

AT_ONCE = 25
FILTERS = ("source", "content", "category")


@dataclass(frozen=True)
class Queue:
    """A page of the queue. ``next`` is the cursor of the next one, "" at the end."""

    cases: list[Case]
    next: str


def queue_of(address: str, chosen: Mapping[str, str], cursor: str = "") -> Queue:
    """Return a page of what a moderator has chosen to see. One query. Raises CursorError."""
    found = list(after(wanted(address, chosen), cursor).select_related("pending")[: AT_ONCE + 1])
    return Queue(found[:AT_ONCE], encoded(found[AT_ONCE - 1]) if len(found) > AT_ONCE else "")


def wanted(address: str, chosen: Mapping[str, str]) -> CaseQuerySet:
    """Return the open cases that a moderator wants to see."""
    found = Case.objects.open()
    if chosen.get("show") == "mine":
        found = mine(address)
    elif chosen.get("show") == "waiting":
        found = found.exclude(pending=None)
    return found.filter(**{name: chosen[name] for name in FILTERS if chosen.get(name)})


def mine(address: str) -> CaseQuerySet:
    """Return the open cases that a moderator holds."""
    return Case.objects.open().filter(claimed_by=address, claimed_at__gt=timezone.now() - CLAIMED_FOR)


def with_counts(cases: QuerySet[Case], address: str) -> QuerySet[Case]:
    """Add how many cases are open, the moderator's own, and waiting for a second one."""
    waiting = Case.objects.open().exclude(pending=None)
    counted = {"count_open": Case.objects.open(), "count_mine": mine(address), "count_waiting": waiting}
    return cases.annotate(**{name: _count(each) for name, each in counted.items()})


def counts_of(address: str) -> dict[str, int]:
    """Return the same by themselves. One query."""
    held = Q(claimed_by=address, claimed_at__gt=timezone.now() - CLAIMED_FOR)
    counted: dict[str, int] = Case.objects.open().aggregate(
        open=Count("pk"), mine=Count("pk", filter=held), waiting=Count("pending")
    )
    return counted


def _count(cases: QuerySet[Case]) -> Coalesce:
    one = cases.order_by().annotate(one=Value(1)).values("one").annotate(all=Count("pk")).values("all")
    return Coalesce(Subquery(one, output_field=IntegerField()), 0)


def after(cases: CaseQuerySet, cursor: str) -> CaseQuerySet:
    """Return cases in their order, those after a cursor. Raises CursorError."""
    ordered = cases.order_by(F("priority").desc(), "opened_at", "pk")
    if not cursor:
        return ordered
    priority, opened_at, pk = decoded(cursor)
    later = Q(opened_at__gt=opened_at) | Q(opened_at=opened_at, pk__gt=pk)
    # The first condition is where the index begins.
    return ordered.filter(Q(priority__lte=priority), Q(priority__lt=priority) | later)


def encoded(case: Case) -> str:
    """Return the cursor that stands right after a case."""
    text = json.dumps([case.priority, case.opened_at.isoformat(), case.pk], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decoded(cursor: str) -> tuple[int, datetime, int]:
    """Return priority, time and id of the case that a cursor stands after. Raises CursorError."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        priority, opened_at, pk = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        time = datetime.fromisoformat(opened_at)
        if time.tzinfo is None or not 0 <= bounded_int(priority) < 2**15:
            raise ValueError(cursor)
        return priority, time, bounded_int(pk)
    except MALFORMED as error:
        raise CursorError from error
