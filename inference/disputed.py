"""The calls that somebody made with a disputed purchase, as a file that either side can attach.

A call's record holds no words of its question or its answer, so none can come to light here.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from django.db.models import QuerySet

from marketplace.files.models import Kind
from marketplace.files.uploads import Upload
from marketplace.listings.models import listings_on
from marketplace.onchain.entitlements import Kind as Access
from marketplace.onchain.models.returns import PurchaseReturn
from marketplace.onchain.models.sales import PurchaseFact

from .models import Call, CallState, Upstream

MOST_RECORDS = 200  # the latest ones
HELD = (Access.PASS.value, Access.SUBSCRIPTION.value)
COLUMNS = (
    "started (UTC)",
    "access",
    "state",
    "error",
    "input tokens",
    "output tokens",
    "first token (ms)",
    "duration (ms)",
    "call",
)


@dataclass(frozen=True)
class CallRecords:
    """Calls from the purchase until the dispute took the access back, oldest first; ``count`` is of all there were."""

    calls: list[Call]
    count: int

    @cached_property
    def text(self) -> str:
        """A line a call: the same calls give the same text, whoever attaches them."""
        written = io.StringIO()
        rows = csv.writer(written, lineterminator="\n")
        rows.writerow(COLUMNS)
        rows.writerows(map(_row, self.calls))
        return written.getvalue()

    @cached_property
    def upload(self) -> Upload:
        """The text as a file."""
        return Upload("call-records.csv.txt", Kind.TEXT, self.text.encode())

    @property
    def states(self) -> list[tuple[str, int]]:
        """How many calls ended in which way."""
        counted = Counter(each.state for each in self.calls)
        return [(str(state.label), counted[state]) for state in CallState if counted[state]]


def records_of(dispute: PurchaseReturn, purchase: PurchaseFact) -> CallRecords:
    """Return the calls that the holder made by what was bought."""
    found = _calls(dispute, purchase)
    latest = list(found.order_by("-started_at", "-pk")[:MOST_RECORDS])
    return CallRecords(latest[::-1], found.count() if len(latest) == MOST_RECORDS else len(latest))


def _calls(dispute: PurchaseReturn, purchase: PurchaseFact) -> QuerySet[Call]:
    listing = listings_on([(dispute.chain_id, dispute.model_id)]).get((dispute.chain_id, dispute.model_id))
    if listing is None:
        return Call.objects.none()
    names = Upstream.objects.named(listing.name).values("listing")
    meanwhile = Call.objects.filter(started_at__gte=purchase.time, started_at__lte=dispute.taken_at)
    return meanwhile.filter(listing__in=names, user__address=dispute.recipient, access__in=HELD)


def _row(call: Call) -> tuple[object, ...]:
    return (
        _moment(call.started_at),
        call.access,
        call.state,
        call.error,
        call.prompt_tokens,
        call.completion_tokens,
        "" if call.first_token_ms is None else call.first_token_ms,
        "" if (took := call.duration_ms) is None else took,
        call.pk,
    )


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
