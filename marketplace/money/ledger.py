"""The buckets in which money waits, computed to the wei from facts alone, as the RevenueSplitter keeps them.

A sale adds what was paid without the referrer's part; a refund or a dispute takes that out again; a ruling for the
seller puts it into the bucket of the ruling's day; a distribution empties the bucket. All as of one block.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from django.db.models import Aggregate, Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from contracts.models import Chain
from contracts.names import COIN, DAY
from marketplace.onchain.models.escrow import ChargeFact
from marketplace.onchain.models.returns import PurchaseReturn, Stage
from marketplace.onchain.models.sales import (
    DistributionFact,
    HoldFact,
    PurchaseFact,
    ReferralDistributionFact,
    ReferralFact,
)


class BucketKey(NamedTuple):
    """Which bucket: of which model and token, shared how, maturing through which day since 1970."""

    model_id: str
    token: str
    split_hash: str
    day: int


class ReferralKey(NamedTuple):
    """Which bucket of a referrer's."""

    referrer: str
    token: str
    day: int


@dataclass
class BucketSums:
    """What a bucket has; ``gross`` includes ``fee``. ``distributed`` is what it had when it was emptied."""

    gross: int = 0
    fee: int = 0
    sales: int = 0
    distributed: int = 0


@dataclass
class Ledger:
    """Every bucket of a chain, or of some of its models, at a block; those that are empty by now as well."""

    buckets: dict[BucketKey, BucketSums] = field(default_factory=lambda: defaultdict(BucketSums))
    referrals: dict[ReferralKey, int] = field(default_factory=lambda: defaultdict(int))
    held: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    returns: list[PurchaseReturn] = field(default_factory=list)


def day_of(number: int) -> date:
    """Return the date of a day since 1970."""
    return datetime.fromtimestamp(number * DAY, UTC).date()


def today() -> int:
    """Return the present day, since 1970: buckets of days before it can be distributed."""
    return int(timezone.now().timestamp()) // DAY


def ledger_of(chain: Chain, block: int, models: Iterable[str] | None = None, *, referrer: str = "") -> Ledger:
    """Return the buckets at a block, of all models or of those named. At most five queries.

    A referrer's bucket has parts of sales of several models; with some of them, only that of a ``referrer`` is whole
    whose models are all named.
    """
    scope = Q(chain=chain) if models is None else Q(chain=chain, model_id__in=list(models))
    kept = Ledger()
    until = scope & Q(block_number__lte=block)
    _sales(kept, until)
    _referrals(kept, until)
    _returns(kept, scope, block)
    # Last, because it replaces the sums: a bucket is emptied once, and no sale fills a day that is over.
    for *bucket, amount in _by_key(DistributionFact.objects.filter(until), "day", Sum("amount")):
        key = BucketKey(*bucket)
        kept.buckets[key] = BucketSums(sales=kept.buckets[key].sales, distributed=int(amount))
    paid = ReferralDistributionFact.objects.filter(chain=chain, block_number__lte=block)
    # Only a bucket that was read whole can be told to be paid out.
    if models is not None:
        paid = paid.filter(referrer=referrer) if referrer else paid.none()
    for who, token, day in paid.values_list("referrer", "token", "day"):
        kept.referrals[ReferralKey(who, token, day)] = 0
    return kept


def _by_key(found: QuerySet[Any], day: str, *sums: Aggregate) -> QuerySet[Any, Any]:
    """Return rows by their bucket: the four parts of its key, then the sums."""
    rows: QuerySet[Any, Any] = found.order_by().values_list("model_id", "token", "split_hash", day).annotate(*sums)
    return rows


def _sales(kept: Ledger, until: Q) -> None:
    bought = _by_key(PurchaseFact.objects.filter(until), "maturity_day", Sum("paid"), Sum("fee"), Count("pk"))
    used = _by_key(ChargeFact.objects.filter(until), "day", Sum("amount"), Sum("fee"), Count("pk"))
    # ``all``: a sale and a charge with equal sums are two rows, and UNION alone would drop one.
    for *key, paid, fee, count in bought.union(used, all=True):
        _add(kept, BucketKey(*key), paid, fee, count)


def _referrals(kept: Ledger, until: Q) -> None:
    """Take referrers' parts out of the sales, or releases, that follow them in their transaction."""
    same = {"chain": OuterRef("chain"), "tx_hash": OuterRef("tx_hash"), "model_id": OuterRef("model_id")}
    # ``Referred`` names no split; the sale that follows it in its transaction does (decision 0090).
    after = same | {"index__gt": OuterRef("index")}
    bought = PurchaseFact.objects.filter(**after).order_by("index").values("split_hash")[:1]
    released = HoldFact.objects.filter(**after, is_release=True).order_by("index").values("split_hash")[:1]
    found = ReferralFact.objects.filter(until).annotate(split_hash=Coalesce(Subquery(bought), Subquery(released)))
    for each in found:
        key = BucketKey(each.model_id, each.token, each.split_hash, each.day)
        _add(kept, key, -each.amount, -each.amount)
        kept.referrals[ReferralKey(each.referrer, each.token, each.day)] += each.amount


def _returns(kept: Ledger, scope: Q, block: int) -> None:
    """Take out what was refunded or disputed; put in again, under its day, what was ruled the seller's."""
    bought = {"chain": OuterRef("chain"), "tx_hash": OuterRef("purchase_tx")}
    purchase = PurchaseFact.objects.filter(**bought, index=OuterRef("purchase_index"))
    before = ReferralFact.objects.filter(**bought, model_id=OuterRef("model_id"), index__lt=OuterRef("purchase_index"))
    found: QuerySet[Any] = PurchaseReturn.objects.filter(scope, taken_block__lte=block).annotate(
        fee=Subquery(purchase.values("fee")),
        referrer=Subquery(purchase.values("referrer")),
        part=Subquery(before.order_by("-index").values("amount")[:1]),
    )
    kept.returns = list(found)
    for each in found:
        # Without a referrer, the part before it belongs to another purchase of the same transaction.
        part = int(each.part or 0) if each.referrer != COIN else 0
        key = BucketKey(each.model_id, each.token, each.split_hash, each.maturity_day)
        _add(kept, key, part - each.paid, part - each.fee, -1)
        if part:
            kept.referrals[ReferralKey(each.referrer, each.token, each.maturity_day)] -= part
        # As of ``block``: a later ruling has not moved the money yet.
        ruled = each.ruled_block is not None and each.ruled_block <= block
        if each.stage != Stage.REFUNDED and not ruled:
            kept.held[each.token] += each.paid
        if each.stage == Stage.FOR_SELLER and ruled:
            again = key._replace(day=int(each.ruled_at.timestamp()) // DAY)
            # All of it, since the ruling emits a ``Referred`` of its own, which takes the referrer's part out again.
            _add(kept, again, each.paid, each.fee, 1)


def _add(kept: Ledger, key: BucketKey, gross: int, fee: int, sales: int = 0) -> None:
    found = kept.buckets[key]
    found.gross, found.fee, found.sales = found.gross + int(gross), found.fee + int(fee), found.sales + sales
