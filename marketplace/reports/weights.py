"""How much a reporter counts: who was right before counts whole, who was always wrong counts little. Published."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Count, Q, Sum
from django.utils import timezone

from marketplace.ground.cases import Priority
from marketplace.ground.decisions import STOPPING

from .models import Outcome, ReportQuerySet

VERSION = 1
WHOLE = 100  # hundredths: a member whose reports were never rejected
BY_MAIL = 50  # who has no wallet here begins with half
LEAST = 5  # nobody is silenced for good
HEAD_START = 2  # reports that everybody counts as having been right with
REMEMBERED = timedelta(days=365)
URGENT = 25  # of malware and of what is unlawful, from here on somebody looks at once
MANY, SOME = 400, 100  # the same for everything else: at once, and soon


def weight_of(past: ReportQuerySet, whole: int = WHOLE) -> int:
    """Return a reporter's weight from their past reports: whole × (right + 2) ÷ (decided + 2), at least 5."""
    decided = past.exclude(outcome=Outcome.OPEN).filter(decided_at__gt=timezone.now() - REMEMBERED)
    found = decided.aggregate(all=Count("pk"), right=Count("pk", filter=Q(outcome=Outcome.UPHELD)))
    right, decided_in_all = int(found["right"]), int(found["all"])
    return max(LEAST, whole * (right + HEAD_START) // (decided_in_all + HEAD_START))


def priority_of(reports: ReportQuerySet) -> Priority:
    """Return how soon somebody has to look at open reports about one content. One query."""
    found = reports.aggregate(all=Sum("weight"), urgent=Sum("weight", filter=Q(category__in=STOPPING)))
    return priority_for(found["all"] or 0, found["urgent"] or 0)


def priority_for(weight: int, urgent: int) -> Priority:
    """Return it for the sum of the weights, and of those that say malware or unlawful."""
    if urgent >= URGENT or weight >= MANY:
        return Priority.HIGH
    return Priority.MEDIUM if urgent or weight >= SOME else Priority.LOW
