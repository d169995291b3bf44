"""How long reports are kept, and what of them."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from .models import Outcome, Report

UNCONFIRMED = timedelta(days=7)
NAMED = timedelta(days=365)  # after the decision: a mail address and a name are kept for appeals and for weights


def forget_old() -> int:
    """Delete reports that were never confirmed, and take names and mail addresses out of old ones; return how many."""
    now = timezone.now()
    rows = Report.objects.filter(case=None, made_at__lt=now - UNCONFIRMED).delete()[0]
    old = Report.objects.filter(decided_at__lt=now - NAMED).exclude(outcome=Outcome.OPEN).exclude(mail="", name="")
    return rows + old.update(mail="", name="")
