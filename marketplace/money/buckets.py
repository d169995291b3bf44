"""What a seller has earned on a chain: sales, the buckets that they wait in, and what can be withdrawn. All in wei."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from contracts.models import Chain
from contracts.money import shares
from marketplace.onchain.models.listings import OnchainListing
from marketplace.onchain.models.sales import SplitFact

from .ledger import Ledger, day_of, ledger_of, referral_ledger, today

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


def split_of(bucket: Bucket, chain: Chain) -> tuple[list[str], list[int]]:
    """Return who shares a bucket, with the parts; a model whose split was never set pays its seller alone."""
    found = SplitFact.objects.filter(chain=chain, model_id=bucket.model_id, split_hash=bucket.split_hash).first()
    return (found.recipients, found.bps) if found else ([bucket.model_id[:42]], [WHOLE])
