"""What a seller has earned by its own models, to the smallest unit: by sale's day, by plan, and by how far it has come.

The seller's part of a bucket is rounded once, when the bucket is distributed; it is divided among the days and plans
that filled the bucket so that the parts add up to it. Money in counts at final blocks, money out at first sight.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple

from django.db import connection

from contracts.money import BPS, shares
from marketplace.onchain.models.listings import Plan

from .credits import Balance
from .ledger import BucketKey, today

# One trip, whatever the number of chains, models and sales. ``fate`` says what a row is:
# kept, back and held are sales by day and plan; given is a bucket that was distributed; the others are sums.
# ``place`` is where on its chain something happened, as one number: the block, and in 24 bits below it the log.
TAKINGS = """
with heads as materialized (
    select chain.id as chain_id, cursor.number as head, cursor.number - chain.confirmations as final
    from contracts_chain chain join contracts_cursor cursor on cursor.chain_id = chain.id
), taken as (
    select back.chain_id, back.purchase_tx, back.purchase_index, back.stage, back.ruled_at,
        back.stage = 'for-seller' and back.ruled_block <= heads.final as is_ours
    from marketplace_purchasereturn back join heads using (chain_id)
    where back.model_id between %(first)s and %(last)s and back.taken_block <= heads.head
), sold as (
    select fact.chain_id, fact.token, fact.model_id, fact.split_hash, fact.plan, fact.paid, fact.fee,
        (fact.time at time zone 'utc')::date as made,
        case when taken.is_ours then floor(extract(epoch from taken.ruled_at) / 86400)::int
            else fact.maturity_day end as day,
        case when taken.stage is null or taken.is_ours then 'kept'
            when taken.stage in ('disputed', 'for-seller') then 'held' else 'back' end as fate
    from marketplace_purchasefact fact join heads using (chain_id)
    left join taken on (taken.chain_id, taken.purchase_tx, taken.purchase_index)
        = (fact.chain_id, fact.tx_hash, fact.index)
    where fact.model_id between %(first)s and %(last)s and fact.block_number <= heads.final
    union all
    select fact.chain_id, fact.token, fact.model_id, fact.split_hash, %(metered)s, fact.amount, fact.fee,
        (fact.time at time zone 'utc')::date, fact.day, 'kept'
    from marketplace_chargefact fact join heads using (chain_id)
    where fact.model_id between %(first)s and %(last)s and fact.block_number <= heads.final
)
select fate, chain_id, token, model_id, split_hash, day, made, plan, sum(paid - fee) as amount, count(*) as sales,
    null::bigint as place, null::varchar[] as recipients, null::int[] as parts
from sold group by fate, chain_id, token, model_id, split_hash, day, made, plan
union all
select 'given', fact.chain_id, token, model_id, split_hash, day, null, null, amount, 0,
    (block_number << 24) + log_index, null, null
from marketplace_distributionfact fact join heads using (chain_id)
where model_id between %(first)s and %(last)s and block_number <= final
union all
select 'split', fact.chain_id, '', model_id, split_hash, 0, null, null, 0, 0, null, recipients, bps::int[]
from marketplace_splitfact fact where model_id between %(first)s and %(last)s
union all
select 'credited', fact.chain_id, token, '', '', 0, null, null, sum(amount), 0, null, null, null
from marketplace_creditfact fact join heads using (chain_id)
where account = %(seller)s and block_number <= final group by fact.chain_id, token
union all
select 'withdrawn', fact.chain_id, token, '', '', 0, null, null, sum(amount), 0,
    max((block_number << 24) + log_index), null, null
from marketplace_withdrawalfact fact join heads using (chain_id)
where account = %(seller)s and block_number <= head group by fact.chain_id, token
union all
select 'shared', fact.chain_id, '', '', '', 0, null, null, 0, count(distinct model_id), null, null, null
from marketplace_splitfact fact
where recipients @> array[%(seller)s]::varchar[] and model_id not between %(first)s and %(last)s
group by fact.chain_id
union all
select 'referred', fact.chain_id, token, '', '', 0, null, null, 0, count(*), null, null, null
from marketplace_referralfact fact where referrer = %(seller)s group by fact.chain_id, token
"""


class Stand(StrEnum):
    """How far what was earned has come: each is true of all of a bucket at once."""

    MATURING = "maturing"
    MATURED = "matured"
    READY = "ready"
    WITHDRAWN = "withdrawn"


class Royalty(NamedTuple):
    """The part in 1/10,000 that the seller of the model ``parent`` gets of a model's sales."""

    parent: str
    bps: int


NO_ROYALTY = Royalty("", 0)


class Row(NamedTuple):
    """One row of TAKINGS; ``amount`` of a sale is what was paid without the fee, in smallest units of ``token``."""

    fate: str
    chain_id: int
    token: str
    model_id: str
    split_hash: str
    day: int
    made: date | None
    plan: int | None
    amount: int
    sales: int
    place: int | None
    recipients: list[str] | None
    parts: list[int] | None

    @property
    def bucket(self) -> tuple[int, BucketKey]:
        """The chain, and the bucket there."""
        return self.chain_id, BucketKey(self.model_id, self.token, self.split_hash, self.day)


@dataclass(frozen=True)
class Taking:
    """The seller's part of what one plan of a model sold on one day, in smallest units of the currency.

    ``day`` is the last one, in days since 1970, on which its bucket is held.
    """

    chain_id: int
    token: str
    model_id: str
    plan: Plan
    made: date
    day: int
    stand: Stand
    net: int
    sales: int


@dataclass(frozen=True)
class Lost(Taking):
    """The same of sales that were paid back, or, ``is_held``, wait for a ruling: it counts nowhere."""

    is_held: bool = False


CurrencyKey = tuple[int, str]


@dataclass
class Takings:
    """All of it. ``balances`` are the account's own, by chain and token, whatever it was credited for.

    ``shared`` counts models of others in whose sales it has a part, and ``referred`` purchases of buyers it sent.
    """

    parts: Parts
    kept: list[Taking] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)
    stands: dict[tuple[int, BucketKey], Stand] = field(default_factory=dict)
    balances: dict[CurrencyKey, Balance] = field(default_factory=lambda: defaultdict(Balance))
    shared: int = 0
    referred: int = 0


def takings_of(seller: str, royalties: Mapping[tuple[int, str], Royalty]) -> Takings:
    """Return what an address has earned by the models that it sells, on every chain. One query.

    ``royalties`` are what its models owe to those they derive from, by chain and model id.
    """
    rows = _rows(seller)
    splits = {(row.chain_id, row.model_id, row.split_hash): row for row in rows if row.fate == "split"}
    made = Takings(Parts(seller, royalties, splits))
    for row in rows:
        _count(made, row)
    given = {row.bucket: row.place or 0 for row in rows if row.fate == "given"}
    drawn = {(row.chain_id, row.token): row.place or 0 for row in rows if row.fate == "withdrawn"}
    for bucket, sold in _by_bucket(row for row in rows if row.fate == "kept"):
        chain_id, key = bucket
        stand = _stand(key.day, given.get(bucket), drawn.get((chain_id, key.token), 0))
        made.stands[bucket] = stand
        made.kept += [_taking(row, stand, net) for row, net in _divided(sold, made.parts)]
    return made


def own_part(left: int, seller: str, royalty: Royalty, recipients: list[str], bps: list[int]) -> int:
    """Return what an address gets of a bucket that has so much after the fee, as the RevenueSplitter divides it."""
    _fee, royalties, amounts = shares(left, 0, royalty.bps, bps)
    # Somebody may stand in a split more than once.
    own = sum(amount for who, amount in zip(recipients, amounts, strict=True) if who == seller)
    # A model's id begins with its owner's address: 20 bytes, then 12 that the owner chose.
    return own + (royalties if royalty.parent.startswith(seller) else 0)


class Parts:
    """What the seller gets of its models' buckets, each by the split that it was filled under."""

    def __init__(
        self, seller: str, royalties: Mapping[tuple[int, str], Royalty], splits: Mapping[tuple[int, str, str], Row]
    ) -> None:
        self._seller, self._royalties, self._splits = seller, royalties, splits

    def of(self, chain_id: int, model_id: str, split_hash: str, left: int) -> int:
        """Return the seller's part of so much, which is left after the fee."""
        split = self._splits.get((chain_id, model_id, split_hash))
        # A split that was never set pays the seller alone, and has no event.
        recipients, bps = (split.recipients or [], split.parts or []) if split else ([self._seller], [BPS])
        return own_part(left, self._seller, self._royalties.get((chain_id, model_id), NO_ROYALTY), recipients, bps)


def _divided(sold: list[Row], parts: Parts) -> Iterator[tuple[Row, int]]:
    """Yield the rows that filled one bucket, each with what it added to the seller's part of it."""
    # By differences of sums: the part is rounded once for a whole bucket, and rounded row by row it would lose units.
    left = before = 0
    for row in sold:
        left += row.amount
        now = parts.of(row.chain_id, row.model_id, row.split_hash, left)
        yield row, now - before
        before = now


def _rows(seller: str) -> list[Row]:
    # Ids of a seller's models are its address and any 12 bytes.
    bounds = {"first": seller + "0" * 24, "last": seller + "f" * 24}
    with connection.cursor() as cursor:
        cursor.execute(TAKINGS, {"seller": seller, "metered": Plan.METERED.value, **bounds})
        return [Row(*values)._replace(amount=int(values[8])) for values in cursor.fetchall()]


def _by_bucket(rows: Iterable[Row]) -> Iterator[tuple[tuple[int, BucketKey], list[Row]]]:
    ordered = sorted(rows, key=lambda row: (row.bucket, row.made, row.plan))
    for bucket, sold in groupby(ordered, key=lambda row: row.bucket):
        yield bucket, list(sold)


def _stand(day: int, given: int | None, drawn: int) -> Stand:
    # A withdrawal draws all that was credited before it, so the order of the two says which it was.
    if given is not None:
        return Stand.WITHDRAWN if given < drawn else Stand.READY
    return Stand.MATURED if day < today() else Stand.MATURING


def _count(made: Takings, row: Row) -> None:
    if row.fate == "credited":
        made.balances[row.chain_id, row.token].credited = row.amount
    elif row.fate == "withdrawn":
        made.balances[row.chain_id, row.token].withdrawn = row.amount
    elif row.fate == "shared":
        made.shared += row.sales
    elif row.fate == "referred":
        made.referred += row.sales
    elif row.fate in ("back", "held"):
        made.lost.append(_lost(row, made.parts.of(row.chain_id, row.model_id, row.split_hash, row.amount)))


def _taking(row: Row, stand: Stand, net: int) -> Taking:
    assert row.made is not None and row.plan is not None  # noqa: S101, PT018  for the type checker
    return Taking(row.chain_id, row.token, row.model_id, Plan(row.plan), row.made, row.day, stand, net, row.sales)


def _lost(row: Row, net: int) -> Lost:
    assert row.made is not None and row.plan is not None  # noqa: S101, PT018  for the type checker
    plan, held = Plan(row.plan), row.fate == "held"
    return Lost(
        row.chain_id, row.token, row.model_id, plan, row.made, row.day, Stand.MATURING, net, row.sales, is_held=held
    )
