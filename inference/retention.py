"""Deletes what nobody asks for any more, so that the tables hold some weeks of use and no more.

Kept for ever are only what a count rests on: how often a listing was used, and which transfers quotas have followed.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Count, F
from django.db.models.functions import Lower
from django.utils import timezone

from marketplace.listings.runtime import RuntimeSample
from marketplace.returns.saying import forget_unsent

from .conversations.keeping import KEPT as HISTORY
from .conversations.past_models import PastConversation
from .kept_models import KEPT, KeptAnswer
from .models import OPEN, Call, CallState, PastUse, Probe, Scope, UsageWindow

PROBES = timedelta(days=32)  # a rating looks back 30 days, and is recomputed from them
FRUITLESS = timedelta(days=32)  # calls that delivered nothing
CALLS = timedelta(days=92)  # longer than any complaint or receipt looks back; trends end long before
SAMPLES = timedelta(days=31)  # pages plot the last day
FREE_WINDOWS = timedelta(days=7)  # which count for a day
HELD_WINDOWS = timedelta(days=400)  # which count for as long as a listing says, 30 days as a rule
BATCH = 2_000


def forget_old() -> int:
    """Delete what is older than it is kept; return how many rows that were."""
    now = timezone.now()
    probes, _ = Probe.objects.filter(at__lt=now - PROBES).delete()
    samples, _ = RuntimeSample.objects.filter(at__lt=now - SAMPLES).delete()
    free, held = (now - FREE_WINDOWS).date(), (now - HELD_WINDOWS).date()
    # What is reserved belongs to a call that has yet to settle there.
    windows = UsageWindow.objects.filter(reserved=0)
    windows = windows.filter(starts__lt=held) | windows.exclude(scope=Scope.HOLDER).filter(starts__lt=free)
    calls = 0
    # In batches of their own transactions, so that nothing waits long for a lock.
    while some := _forget_calls():
        calls += some
    rows, _ = windows.delete()
    kept, _ = KeptAnswer.objects.filter(created_at__lt=now - KEPT).delete()
    past, _ = PastConversation.objects.filter(changed_at__lt=now - HISTORY).delete()
    return past + kept + probes + samples + calls + rows + forget_unsent()


@transaction.atomic
def _forget_calls() -> int:
    """Delete some of the calls that are old enough, and keep how many of them were uses."""
    now = timezone.now()
    closed = Call.objects.exclude(state__in=OPEN)
    fruitless = closed.filter(completion_tokens=0, started_at__lt=now - FRUITLESS).exclude(state=CallState.DONE)
    old = fruitless | closed.filter(started_at__lt=now - CALLS)
    chosen = Call.objects.filter(pk__in=list(old.order_by("started_at").values_list("pk", flat=True)[:BATCH]))
    uses = (chosen.filter(completion_tokens__gt=0) | chosen.filter(state=CallState.DONE)).order_by()
    for name, number in uses.values_list(Lower("listing")).annotate(Count("pk")):
        PastUse.objects.get_or_create(listing=name)
        PastUse.objects.filter(listing=name).update(uses=F("uses") + number)
    deleted = chosen.count()
    chosen.delete()
    return deleted
