"""The keeper's part: the root of each day's receipts goes on the home chain, in the order of days."""

from __future__ import annotations

import structlog
from eth_account.signers.local import LocalAccount

from contracts.chain import codec
from contracts.chain.transactions import send_transaction
from contracts.errors import ChainError
from contracts.models import AnchorFact, Chain
from contracts.names import ANCHORS
from marketplace.money.keeping import keeps

from .models import ReceiptDay
from .receipts import EPOCH, KIND, epoch_of

log = structlog.get_logger(__name__)


@keeps
def anchor_receipts(chain: Chain, keeper: LocalAccount | None) -> int:
    """Send the transaction that anchors the oldest day that is not anchored; return how many stand. The same once."""
    if keeper is None or not chain.is_home or ANCHORS not in chain.deployment:
        return 0
    day = _due(chain)
    if day is None:
        return 0
    data = codec.call_data(ANCHORS, "anchor", [KIND, epoch_of(day.day), day.root, ""])
    purpose, to = f"anchor:receipts:{epoch_of(day.day)}", chain.deployment[ANCHORS]
    try:
        send_transaction(chain=chain, account=keeper, business_id=purpose, data=data, to=to)
    # It can be anchored later; what else the keeper does must not wait for it.
    except ChainError as error:
        log.warning("receipts were not anchored", chain=chain.short_name, day=str(day.day), reason=str(error.detail))
        return 0
    return 1


def _due(chain: Chain) -> ReceiptDay | None:
    """Return the first day after the last that is anchored: the contract takes them in their order alone."""
    last = AnchorFact.objects.filter(chain=chain, anchored=KIND).order_by("-epoch").first()
    days = ReceiptDay.objects.order_by("day")
    if last:
        days = days.filter(day__gt=EPOCH.fromordinal(EPOCH.toordinal() + int(last.epoch)))
    return days.first()
