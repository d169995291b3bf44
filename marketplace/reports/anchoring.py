"""Writing the head of the log of decisions on chain once a day, where nobody can take it back."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.utils import timezone
from eth_account.signers.local import LocalAccount

from contracts.chain import codec
from contracts.chain.transactions import send_transaction
from contracts.errors import ChainError
from contracts.models import AnchorFact, Chain, SentTransaction
from contracts.names import ANCHORS
from marketplace.ground.log import LogEntry
from marketplace.money.keeping import keeps

from .anchors import KIND

log = structlog.get_logger(__name__)
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
