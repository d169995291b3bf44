"""Writing the head of the log of decisions on chain once a day, where nobody can take it back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from django.conf import settings
from django.utils import timezone
from eth_account.signers.local import LocalAccount

from contracts.chain import codec
from contracts.chain.transactions import send_transaction
from contracts.errors import ChainError
from contracts.models import AnchorFact, Chain, SentTransaction
from contracts.names import ANCHORS
from marketplace.ground.log import LogEntry
from marketplace.money.keeping import keeps

log = structlog.get_logger(__name__)
KIND = "0x" + b"moderation".ljust(32, b"\0").hex()
PURPOSE = "anchor:moderation:"
EVERY = timedelta(days=1)


@keeps
def anchor_log(chain: Chain, keeper: LocalAccount | None) -> int:
    """Send the transaction that anchors the log's head, if a day has passed since the last; return how many stand.

    The epoch is the head's number and the root its hash. An anchor that is not in a block is sent again, the same.
    """
    if keeper is None or not chain.is_home or ANCHORS not in chain.deployment:
        return 0
    entry = _due(chain)
    if entry is None:
        return 0
    data = codec.call_data(ANCHORS, "anchor", [KIND, entry.number, entry.hash, ""])
    to, purpose = chain.deployment[ANCHORS], f"{PURPOSE}{entry.number}"
    try:
        send_transaction(chain=chain, account=keeper, business_id=purpose, data=data, to=to)
    # The log can be anchored later; what else the keeper does must not wait for it.
    except ChainError as error:
        log.warning("the log was not anchored", chain=chain.short_name, entry=entry.number, reason=str(error.detail))
        return 0
    return 1


def _due(chain: Chain) -> LogEntry | None:
    """Return the entry that is to be anchored now: the last one sent while it is on no block, else the head."""
    sent = SentTransaction.objects.filter(chain=chain, business_id__startswith=PURPOSE).order_by("-pk").first()
    if sent:
        number = int(sent.business_id.removeprefix(PURPOSE))
        if not AnchorFact.objects.filter(chain=chain, anchored=KIND, epoch__gte=number).exists():
            return LogEntry.objects.filter(number=number).first()
        if sent.created_at > timezone.now() - EVERY:
            return None
    head = LogEntry.objects.head()
    known = head and AnchorFact.objects.filter(chain=chain, anchored=KIND, epoch__gte=head.number).exists()
    return None if known else head


@dataclass(frozen=True)
class Anchored:
    """Anchors as a page shows them. ``by_number`` holds those of some entries, ``latest`` the last of all."""

    latest: AnchorFact | None = None
    by_number: dict[int, AnchorFact] = field(default_factory=dict)


def anchors_among(entries: Iterable[LogEntry]) -> Anchored:
    """Return the anchors of some entries, and the last of all. One query."""
    known = AnchorFact.objects.filter(chain__short_name=settings.HOME_CHAIN, anchored=KIND).select_related("chain")
    numbers = [entry.number for entry in entries]
    found = list(known.filter(epoch__in=numbers).order_by("-epoch").union(known.order_by("-epoch")[:1], all=True))
    latest = max(found, key=lambda each: each.epoch, default=None)
    return Anchored(latest, {int(each.epoch): each for each in found})
