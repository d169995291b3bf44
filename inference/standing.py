"""How sellers' servers do: what each answer and each failure makes of them, and when they are tried again."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from .models import Kind, Upstream, UpstreamState
from .telling import tell_seller

MOST_FAILURES = 3  # in a row, after which one that was healthy is drained
ASK_AGAIN = timedelta(minutes=10)  # a seller pays for each answer, so it is asked no more often than figures need
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=30)
JITTER = 0.2  # of a wait, either way, so that what failed together is not tried together


def next_wait(streak: int) -> timedelta:
    """Return how long to wait after so many failures in a row: twice as long each time, within bounds."""
    wait = ASK_AGAIN if streak == 0 else min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(streak - 1, 10))
    return wait * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  nobody gains by guessing it


@transaction.atomic
def note_answer(engine: str, *, at: datetime | None = None, found: bool = False) -> None:
    """Take down that a seller's server has answered somebody: it need not be asked by us for a while.

    ``found``: by a try of ours, which is written down in any case.
    """
    now = at or timezone.now()
    well = Upstream.objects.filter(kind=Kind.URL, engine=engine, state=UpstreamState.HEALTHY, streak=0)
    # Most answers change nothing, and shall not wait for each other.
    if not found and well.filter(next_at__gt=now + ASK_AGAIN / 2).exists():
        return
    upstream = _locked(engine)
    if upstream and upstream.state != UpstreamState.OFF:
        upstream.streak = 0
        move(upstream, UpstreamState.HEALTHY, says="", now=now)


@transaction.atomic
def note_failure(engine: str, says: str, *, at: datetime | None = None) -> None:
    """Take down that a seller's server has failed, by the code of why; enough of that in a row drains it."""
    now = at or timezone.now()
    upstream = _locked(engine)
    if upstream is None or upstream.state == UpstreamState.OFF:
        return
    upstream.streak += 1
    state = UpstreamState(upstream.state)
    if state == UpstreamState.PROBING:
        state = UpstreamState.FAILING
    elif state == UpstreamState.HEALTHY and upstream.streak >= MOST_FAILURES:
        state = UpstreamState.DRAINED
    move(upstream, state, says=says, now=now)


def move(upstream: Upstream, state: UpstreamState, *, says: str, now: datetime) -> None:
    """Write a state that the caller's lock covers, with what follows from it; tell its seller where that matters."""
    before = UpstreamState(upstream.state)
    upstream.says, upstream.next_at = says, now + next_wait(upstream.streak)
    if state != before:
        upstream.state, upstream.state_since = state, now
    upstream.save()
    if state != before:
        tell_seller(upstream, before)


def _locked(engine: str) -> Upstream | None:
    return Upstream.objects.select_for_update().filter(kind=Kind.URL, engine=engine).first()


def due(now: datetime) -> list[Upstream]:
    """Return what is to be tried now: what is offered and not switched off; the longest overdue first."""
    offered = Upstream.objects.filter(kind=Kind.URL, draft=None).exclude(state=UpstreamState.OFF)
    return list(offered.filter(Q(next_at=None) | Q(next_at__lte=now)).order_by("next_at", "pk"))
