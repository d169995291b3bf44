"""What a seller has earned on a chain: sales, the buckets that they wait in, and what can be withdrawn. All in wei."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from contracts.models import Chain
from contracts.money import shares
from marketplace.onchain.models.listings import OnchainListing
from marketplace.onchain.models.returns import PurchaseReturn
from marketplace.onchain.models.sales import ReferralFact, SplitFact

from .ledger import Ledger, day_of, ledger_of, today

WHOLE = 10_000  # a split's parts together


class Maturing:
    """Money that is held through a day, in days since 1970."""

    day: int

    @property
    def matures(self) -> date:
        """The day through which the money is held."""
        return day_of(self.day)

    @property
    def is_ready(self) -> bool:
        """Whether it can be distributed now."""
        return self.day < today()


@dataclass(frozen=True)
class Bucket(Maturing):
    """Sales of one model that mature on one day and are shared alike. ``gross`` includes ``fee``."""

    model_id: str
    token: str
    split_hash: str
    day: int
    gross: int
    fee: int
    sales: int


@dataclass(frozen=True)
class Share:
    """What an account gets of a bucket of another's model."""

    bucket: Bucket
    amount: int


@dataclass(frozen=True)
class Referral(Maturing):
    """What an account earns on one day for buyers it referred."""

    token: str
    day: int
    amount: int


@dataclass(frozen=True)
class Earnings:
    """What waits for an account on a chain, the first to mature first: its own sales, its shares in others', and its
    parts of purchases by buyers it referred.

    ``models`` are what it sells, and ``returns`` what was taken back of it, and of what it shares in.
    """

    buckets: list[Bucket]
    shares: list[Share]
    referrals: list[Referral]
    models: set[str]
    returns: list[PurchaseReturn]


def earnings_of(account: str, chain: Chain, head: int | None = None) -> Earnings:
    """Return what waits for an account at the indexed head, from one ledger. At most nine queries, and the head's."""
    own = set(OnchainListing.objects.filter(chain=chain, seller=account).values_list("model_id", flat=True))
    # Former splits too: what waits is shared as it was when it was sold.
    splits = SplitFact.objects.filter(chain=chain, recipients__contains=[account]).exclude(model_id__startswith=account)
    parts = {(each.model_id, each.split_hash): each for each in splits}
    shared = {model for model, _split in parts}
    # Of every model: a referrer's bucket sums parts of several, and with one left out it would be wrong.
    referred = set(ReferralFact.objects.filter(chain=chain, referrer=account).values_list("model_id", flat=True))
    block, models = chain.head() if head is None else head, own | shared | referred
    ledger = ledger_of(chain, block, models, referrer=account if referred else "")
    # The present royalty holds for old sales as well: the contract lets it be set only once.
    royalties = _royalties(chain, shared)
    found = undistributed(ledger)
    return Earnings(
        [each for each in found if each.model_id in own],
        [
            Share(each, sum(_parts_of(each, split, royalties.get(each.model_id, 0), account)))
            for each in found
            if (split := parts.get((each.model_id, each.split_hash)))
        ],
        _waiting_for(account, ledger),
        own,
        ledger.returns,
    )


def _royalties(chain: Chain, models: set[str]) -> dict[str, int]:
    found = OnchainListing.objects.filter(chain=chain, model_id__in=models)
    return dict(found.values_list("model_id", "royalty_bps"))


def undistributed(ledger: Ledger) -> list[Bucket]:
    """Return the buckets of a ledger that have anything in them, the first to mature first."""
    found = (Bucket(*key, kept.gross, kept.fee, kept.sales) for key, kept in ledger.buckets.items() if kept.gross > 0)
    return sorted(found, key=lambda each: (each.day, each.model_id, each.token, each.split_hash))


def _waiting_for(referrer: str, ledger: Ledger) -> list[Referral]:
    own = [(key, amount) for key, amount in ledger.referrals.items() if key.referrer == referrer and amount > 0]
    # The key reversed is (day, token, …): the first to mature comes first.
    return [Referral(key.token, key.day, amount) for key, amount in sorted(own, key=lambda each: each[0][::-1])]


def _parts_of(bucket: Bucket, split: SplitFact, royalty_bps: int, account: str) -> Iterator[int]:
    # More than one part, because the contract lets an address stand in a split twice.
    _fee, _royalty, amounts = shares(bucket.gross, bucket.fee, royalty_bps, split.bps)
    return (amount for who, amount in zip(split.recipients, amounts, strict=True) if who == account)


def split_of(bucket: Bucket, chain: Chain) -> tuple[list[str], list[int]]:
    """Return who shares a bucket, with the parts; a model whose split was never set pays its seller alone."""
    found = SplitFact.objects.filter(chain=chain, model_id=bucket.model_id, split_hash=bucket.split_hash).first()
    return (found.recipients, found.bps) if found else ([bucket.model_id[:42]], [WHOLE])
