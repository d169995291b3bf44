"""Where votes on a proposal came from: who had delegated when they were fixed, and what came too late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, ExpressionWrapper, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from common.fields import WeiField
from contracts.models import Chain
from governance.onchain.models.power import DelegationFact, TransferFact

MOST_SHOWN = 20


@dataclass(frozen=True)
class Source:
    """An account that delegated, when it did, and what it held when the votes were fixed."""

    account: str
    since: datetime
    tx_hash: str
    amount: int


def sources_of(chain: Chain, account: str, snapshot: datetime) -> list[Source]:
    """Return who had delegated to the account at a second, itself among them, who held most first. One query."""
    before = DelegationFact.objects.filter(chain=chain, time__lte=snapshot)
    newer = before.filter(delegator=OuterRef("delegator")).filter(
        Q(block_number__gt=OuterRef("block_number"))
        | Q(block_number=OuterRef("block_number"), log_index__gt=OuterRef("log_index"))
    )
    held = ExpressionWrapper(
        _moved(chain, "recipient", snapshot) - _moved(chain, "sender", snapshot), output_field=WeiField()
    )
    found = before.filter(~Exists(newer), delegate=account).annotate(held=held).order_by("-held", "delegator")
    rows = found.values_list("delegator", "time", "tx_hash", "held")[:MOST_SHOWN]
    return [Source(delegator, time, tx_hash, int(amount)) for delegator, time, tx_hash, amount in rows]


def late_delegations(chain: Chain, account: str, snapshot: datetime) -> list[DelegationFact]:
    """Return the delegations to the account, or away from it, that came after a second; the newest first. One query."""
    late = DelegationFact.objects.filter(chain=chain, time__gt=snapshot)
    late = late.filter(Q(delegate=account) | Q(previous=account)).exclude(delegate=account, previous=account)
    return list(late.order_by("-block_number", "-log_index")[:MOST_SHOWN])


def _moved(chain: Chain, side: str, until: datetime) -> Coalesce:
    moved = TransferFact.objects.filter(chain=chain, time__lte=until, **{side: OuterRef("delegator")}).order_by()
    total = moved.values(side).annotate(total=Sum("amount")).values("total")
    return Coalesce(Subquery(total), Value(0), output_field=WeiField())
