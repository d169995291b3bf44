"""What a seller has earned on a chain: sales, the buckets that they wait in, and what can be withdrawn. All in wei."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import QuerySet, Sum
from django.utils import timezone

from contracts.models import Chain

from .onchain import COIN, CreditFact, DistributionFact, OnchainListing, PurchaseFact, SplitFact, WithdrawalFact

DAYS = 60  # of the plot
WHOLE = 10_000  # a split's parts together


@dataclass(frozen=True)
class Bucket:
    """Sales of one model that mature on one day and are shared alike. ``gross`` includes ``fee``."""

    model_id: str
    token: str
    split_hash: str
    day: int
    gross: int
    fee: int
    sales: int

    @property
    def matures(self) -> date:
        """The day through which the money is held."""
        return datetime.fromtimestamp(self.day * 86_400, UTC).date()

    @property
    def is_ready(self) -> bool:
        """Whether it can be distributed now."""
        return self.matures < timezone.now().date()


@dataclass(frozen=True)
class Balance:
    """What an account was credited with at final blocks, and what it has withdrawn at first sight, in the coin."""

    credited: int
    withdrawn: int

    @property
    def available(self) -> int:
        """What it can withdraw."""
        return max(0, self.credited - self.withdrawn)


@dataclass(frozen=True)
class Day:
    """One day of the plot: its sales, and where its bar stands (per cent of the width and of the height)."""

    day: date
    paid: int
    x: float
    height: float

    @property
    def y(self) -> float:
        """Where the bar begins, from the top."""
        return 100 - self.height


def sales_of(seller: str, chain: Chain) -> QuerySet[PurchaseFact]:
    """Return the purchases of everything that the address sells, the newest first."""
    models = OnchainListing.objects.filter(chain=chain, seller=seller).values("model_id")
    return PurchaseFact.objects.filter(chain=chain, model_id__in=models).order_by("-block_number", "-log_index")


def buckets_of(seller: str, chain: Chain) -> list[Bucket]:
    """Return the buckets that nobody has distributed yet, the first to mature first. Two queries."""
    key = ("model_id", "token", "split_hash", "maturity_day")
    grouped: dict[tuple[str, str, str, int], list[int]] = defaultdict(lambda: [0, 0, 0])
    for *where, paid, fee in sales_of(seller, chain).values_list(*key, "paid", "fee"):
        kept = grouped[tuple(where)]
        kept[0], kept[1], kept[2] = kept[0] + paid, kept[1] + fee, kept[2] + 1
    models = {model_id for model_id, *_ in grouped}
    done = DistributionFact.objects.filter(chain=chain, model_id__in=models)
    for where in done.values_list("model_id", "token", "split_hash", "day"):
        grouped.pop(where, None)
    return sorted(
        (Bucket(*where, *sums) for where, sums in grouped.items()), key=lambda each: (each.day, each.model_id)
    )


def balance_of(account: str, chain: Chain) -> Balance:
    """Return what an account can withdraw in the chain's coin. Two queries, and the chain's head."""
    own = {"chain": chain, "account": account, "token": COIN}
    credited = CreditFact.objects.filter(**own, block_number__lte=chain.final_block()).aggregate(sum=Sum("amount"))
    withdrawn = WithdrawalFact.objects.filter(**own).aggregate(sum=Sum("amount"))
    return Balance(credited["sum"] or 0, withdrawn["sum"] or 0)


@dataclass(frozen=True)
class Credit:
    """What an account can withdraw on a chain, in one currency."""

    chain: Chain
    token: str
    balance: Balance


def credits_of(account: str, chain: Chain) -> list[Credit]:
    """Return the currencies in which an account was ever credited, refunds among them. Two queries, and the head."""
    own = {"chain": chain, "account": account}
    final = CreditFact.objects.filter(**own, block_number__lte=chain.final_block())
    credited = dict(final.values_list("token").annotate(sum=Sum("amount")))
    withdrawn = dict(WithdrawalFact.objects.filter(**own).values_list("token").annotate(sum=Sum("amount")))
    return [
        Credit(chain, token, Balance(int(amount), int(withdrawn.get(token, 0))))
        for token, amount in sorted(credited.items())
    ]


def split_of(bucket: Bucket, chain: Chain) -> tuple[list[str], list[int]]:
    """Return who shares a bucket, with the parts; a model whose split was never set pays its seller alone."""
    found = SplitFact.objects.filter(chain=chain, model_id=bucket.model_id, split_hash=bucket.split_hash).first()
    return (found.recipients, found.bps) if found else ([bucket.model_id[:42]], [WHOLE])


def days_of(sales: Iterable[PurchaseFact], today: date) -> list[Day]:
    """Return the last sixty days with what was sold on each, for the plot and its table."""
    paid: dict[date, int] = defaultdict(int)
    for sale in sales:
        paid[sale.time.date()] += sale.paid
    days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    most = max((paid[day] for day in days), default=0) or 1
    return [
        Day(day, paid[day], round(place * 100 / DAYS, 2), round(paid[day] * 100 / most, 2))
        for place, day in enumerate(days)
    ]
