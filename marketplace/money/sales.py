"""What a seller has earned on a chain: sales, the buckets that they wait in, and what can be withdrawn. All in wei."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet, Sum

from contracts.models import Chain
from contracts.money import shares
from marketplace.onchain.models.base import (
    COIN,
    CreditFact,
    DistributionFact,
    OnchainListing,
    PurchaseFact,
    SplitFact,
    WithdrawalFact,
)

from .buckets import Ledger, day_of, ledger_of, referral_ledger, today

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
        return day_of(self.day)

    @property
    def is_ready(self) -> bool:
        """Whether it can be distributed now."""
        return self.day < today()


@dataclass(frozen=True)
class Share:
    """What an account gets of a bucket of another's model."""

    bucket: Bucket
    amount: int


@dataclass(frozen=True)
class Referral:
    """What an account gets on one day for having sent buyers."""

    token: str
    day: int
    amount: int

    @property
    def matures(self) -> date:
        """The day through which the money is held."""
        return day_of(self.day)

    @property
    def is_ready(self) -> bool:
        """Whether it can be distributed now."""
        return self.day < today()


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
    """Return the buckets of what the address sells that nobody has distributed yet, the first to mature first."""
    models = OnchainListing.objects.filter(chain=chain, seller=seller).values_list("model_id", flat=True)
    return waiting(ledger_of(chain, chain.head(), models))


def shared_with(account: str, chain: Chain) -> list[Share]:
    """Return the waiting buckets that others sell into and the account has a part of, the first to mature first."""
    splits = SplitFact.objects.filter(chain=chain, recipients__contains=[account])
    others = splits.exclude(model_id__startswith=account)
    parts = {(each.model_id, each.split_hash): each for each in others}
    models = OnchainListing.objects.filter(chain=chain, model_id__in=[model for model, _ in parts])
    royalties = dict(models.values_list("model_id", "royalty_bps"))
    buckets = waiting(ledger_of(chain, chain.head(), {model for model, _ in parts})) if parts else []
    return [
        Share(bucket, sum(_parts_of(bucket, split, royalties.get(bucket.model_id, 0), account)))
        for bucket in buckets
        if (split := parts.get((bucket.model_id, bucket.split_hash)))
    ]


def distributed_of(seller: str, chain: Chain) -> QuerySet[DistributionFact]:
    """Return the distributions of what the address sells, the newest first."""
    models = OnchainListing.objects.filter(chain=chain, seller=seller).values("model_id")
    found = DistributionFact.objects.filter(chain=chain, model_id__in=models)
    return found.order_by("-block_number", "-log_index")


def referrals_of(account: str, chain: Chain) -> list[Referral]:
    """Return the account's buckets as a referrer that nobody has distributed yet, the first to mature first."""
    found = referral_ledger(chain, chain.head(), account)
    waits = (Referral(key.token, key.day, amount) for key, amount in found.items() if amount > 0)
    return sorted(waits, key=lambda each: (each.day, each.token))


def waiting(ledger: Ledger) -> list[Bucket]:
    """Return the buckets of a ledger that have anything in them, the first to mature first."""
    found = (Bucket(*key, sums.gross, sums.fee, sums.sales) for key, sums in ledger.buckets.items() if sums.gross > 0)
    return sorted(found, key=lambda each: (each.day, each.model_id, each.token, each.split_hash))


def _parts_of(bucket: Bucket, split: SplitFact, royalty_bps: int, account: str) -> Iterator[int]:
    _fee, _royalty, amounts = shares(bucket.gross, bucket.fee, royalty_bps, split.bps)
    return (amount for who, amount in zip(split.recipients, amounts, strict=True) if who == account)


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


def models_of(sales: Iterable[PurchaseFact]) -> list[tuple[str, int, float]]:
    """Return what each model sold, the most first, with the width of its bar in per cent."""
    paid: dict[str, int] = defaultdict(int)
    for sale in sales:
        paid[sale.model_id] += sale.paid
    most = max(paid.values(), default=0) or 1
    return [(model, sum_, round(sum_ * 100 / most, 2)) for model, sum_ in sorted(paid.items(), key=lambda it: -it[1])]
