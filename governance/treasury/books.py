"""What the treasury holds, what came and went, and what its caps leave: by asset, in smallest units, of one moment."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from contracts.currencies import Currency, currency_of
from contracts.models import Chain
from contracts.money import BPS
from contracts.names import COIN, FEE_VAULT, TOKEN, TREASURY
from governance.ground.lattice import lattice_of
from governance.onchain.models.power import BALANCE

MONTH = timedelta(days=30)  # of the caps: CappedTimelock's
QUARTER = timedelta(days=90)
MOST_FREEING = 200  # payments of a month that are listed by when they free
SEGMENTS = 12  # of a cap's slice
VOUCHED = ("went", "listed", "vault")  # kinds of rows that only sales, or the DAO, can make

# One trip, however many events there were. ``kind`` says what a row is: came and went are sums, freeing is a payment.
BOOKS = """
with since as (
    select asset, balance, block_number from governance_treasuryreading
    where chain_id = %(chain)s and block_number <= %(head)s
)
select 'came' as kind, token as asset, null::timestamptz as time, sum(treasury) as whole,
    coalesce(sum(treasury) filter (where time > %(month)s), 0) as month,
    coalesce(sum(treasury) filter (where time > %(quarter)s), 0) as quarter,
    coalesce(sum(treasury) filter (where fact.block_number > coalesce(since.block_number, -1)), 0) as later,
    max(time)::text as words
from governance_feereleasefact fact left join since on since.asset = token
where chain_id = %(chain)s group by token
union all
select 'went', fact.asset, null, sum(amount),
    coalesce(sum(amount) filter (where time > %(month)s), 0),
    coalesce(sum(amount) filter (where time > %(quarter)s), 0),
    coalesce(sum(amount) filter (where fact.block_number > coalesce(since.block_number, -1)), 0), ''
from governance_spendingfact fact left join since using (asset) where chain_id = %(chain)s group by fact.asset
union all
(select 'freeing', asset, time, amount, 0, 0, 0, '' from governance_spendingfact
where chain_id = %(chain)s and time > %(month)s order by block_number, log_index limit %(most)s)
union all
select 'read', asset, null, balance, block_number, 0, 0, '' from since
union all
select 'held', %(lattice)s, null, amount, 0, 0, 0, '' from contracts_tally
where chain_id = %(chain)s and kind = %(kind)s and key = %(treasury)s
union all
(select distinct on (asset) 'listed', asset, null, is_listed::int, 0, 0, 0, '' from governance_assetfact
where chain_id = %(chain)s order by asset, block_number desc, log_index desc)
union all
(select 'caps', '', null, 0, 0, 0, 0, new_value from governance_settingfact
where chain_id = %(chain)s and name = 'CapsSet' order by block_number desc, log_index desc limit 1)
union all
select 'vault', token, null, sum(amount), 0, 0, 0, '' from (
    select token, amount from marketplace_creditfact where chain_id = %(chain)s and account = %(vault)s
    union all
    select token, -amount from marketplace_withdrawalfact where chain_id = %(chain)s and account = %(vault)s
) credits group by token
union all
select 'rule', '', null, value, 0, 0, 0, key from contracts_parameter
where chain_id = %(chain)s and key in ('feeBps', 'stakersBps', 'bonusCapBps')
union all
select kind, '', null, sum(amount), count(*), 0, 0, '' from governance_bonusfact
where chain_id = %(chain)s group by kind
"""


class Row(NamedTuple):
    """One row of BOOKS; what its numbers are depends on its kind."""

    kind: str
    asset: str
    time: datetime | None
    whole: int
    month: int
    quarter: int
    later: int
    words: str


@dataclass(frozen=True)
class Freeing:
    """A payment of the last thirty days: its amount counts against the cap until ``at``."""

    at: datetime
    amount: int


@dataclass
class Flow:
    """Sums of what came, or went: in all, in thirty days, in ninety, and since the last reading."""

    whole: int = 0
    month: int = 0
    quarter: int = 0
    later: int = 0


@dataclass(frozen=True)
class Runway:
    """How long what is held lasts at the pace of the last ``days``; None where nothing left, or more came in."""

    days: int
    came: int
    went: int
    held: int

    @property
    def net(self) -> int:
        """What left beyond what came in; below zero where the treasury grew."""
        return self.went - self.came

    @property
    def lasts(self) -> int | None:
        """Days until nothing is left."""
        return self.held * self.days // self.net if self.net > 0 else None


@dataclass
class Holding:
    """An asset of the treasury. ``read_block`` is where the chain was asked what it holds; None before it first was."""

    currency: Currency
    is_capped: bool = False
    batch_bps: int = 0
    month_bps: int = 0
    came: Flow = field(default_factory=Flow)
    went: Flow = field(default_factory=Flow)
    freeing: list[Freeing] = field(default_factory=list)
    tallied: int | None = None
    read: int | None = None
    read_block: int | None = None
    vault: int = 0
    last_release: datetime | None = None

    @property
    def recorded(self) -> int:
        """What events say that it holds."""
        return self.came.whole - self.went.whole if self.tallied is None else self.tallied

    @property
    def held(self) -> int:
        """What it holds: what the chain said last and what came and went since then, or else what events say."""
        if self.tallied is not None or self.read is None:
            return max(0, self.recorded)
        return max(0, self.read + self.came.later - self.went.later)

    @property
    def unrecorded(self) -> int:
        """What came in beside the fees, or left without being capped: the chain has so much more than events say."""
        return self.held - self.recorded

    @property
    def month_most(self) -> int:
        """What all batches of thirty days together may take away, as the contract would compute it now."""
        return (self.held + self.went.month) * self.month_bps // BPS

    @property
    def month_left(self) -> int:
        """What is left of it."""
        return max(0, self.month_most - self.went.month)

    @property
    def batch_most(self) -> int:
        """What the next batch may take away: its own cap, and no more than is left of the month's."""
        return min(self.held * self.batch_bps // BPS, self.month_left)

    @property
    def segments(self) -> int:
        """How much of the month's cap is used, in segments of a slice: any use shows."""
        used = self.went.month * SEGMENTS // self.month_most if self.month_most else 0
        return max(used, 1) if self.went.month else 0

    @property
    def used_percent(self) -> str:
        """The same in per cent."""
        return f"{self.went.month * 100 / self.month_most:.1f}" if self.month_most else "0"

    @property
    def runways(self) -> list[Runway]:
        """At the pace of thirty days, and of ninety."""
        return [
            Runway(30, self.came.month, self.went.month, self.held),
            Runway(90, self.came.quarter, self.went.quarter, self.held),
        ]


class Parts(NamedTuple):
    """What stakers, the bonus pool and the treasury get of a release."""

    stakers: int
    bonus: int
    treasury: int


@dataclass
class Books:
    """All of it as of the indexed head. ``bonus`` is by kind of event: its sum, and how many there were."""

    holdings: list[Holding]
    bonus: dict[str, tuple[int, int]]
    batch_bps: int
    month_bps: int
    rules: dict[str, int]

    @property
    def bonus_in(self) -> int:
        """What came into the bonus pool, in wei."""
        return self.bonus.get("Received", (0, 0))[0]

    @property
    def bonus_out(self) -> int:
        """What sellers have claimed of it."""
        return self.bonus.get("BonusClaimed", (0, 0))[0]

    @property
    def bonus_held(self) -> int:
        """What is left of it."""
        return self.bonus_in - self.bonus_out

    @property
    def epochs(self) -> int:
        """How many epochs' bonuses are fixed."""
        return self.bonus.get("RootSet", (0, 0))[1]

    @property
    def releasable(self) -> list[tuple[Holding, Parts]]:
        """What waits in the fee vault, and how it would be divided now."""
        return [(each, self.parts_of(each)) for each in self.holdings if each.vault > 0]

    def parts_of(self, holding: Holding) -> Parts:
        """Return how FeeVault would divide what waits of an asset: of a token all goes to the treasury."""
        fee, amount = self.rules.get("feeBps", 0), holding.vault
        if not fee or not holding.currency.is_coin:
            return Parts(0, 0, amount)
        stakers, bonus = (amount * self.rules.get(key, 0) // fee for key in ("stakersBps", "bonusCapBps"))
        return Parts(stakers, bonus, amount - stakers - bonus)

    def holding(self, asset: str) -> Holding | None:
        """Return one asset."""
        return next((each for each in self.holdings if each.currency.token == asset), None)


def books_of(chain: Chain, now: datetime, head: int) -> Books:
    """Return the treasury's books at a time of the chain. One query."""
    rows = _rows(chain, now, head)
    by_asset: dict[str, list[Row]] = defaultdict(list, {COIN: [], chain.deployment[TOKEN]: []})
    # Anybody can send the fee vault any token, and release it: such a one is none of the treasury's assets.
    known = {*by_asset, *(row.asset for row in rows if row.kind in VOUCHED)}
    for row in rows:
        if row.asset in known:
            by_asset[row.asset].append(row)
    said = next((row.words.split() for row in rows if row.kind == "caps"), ["0", "0"])
    batch_bps, month_bps = int(said[0]), int(said[1])
    holdings = [_holding(chain, asset, found, batch_bps, month_bps) for asset, found in by_asset.items()]
    rules = {row.words: int(row.whole) for row in rows if row.kind == "rule"}
    named = (row for row in rows if not row.asset and row.kind not in ("caps", "rule"))
    bonus = {row.kind: (int(row.whole), int(row.month)) for row in named}
    return Books(holdings, bonus, batch_bps, month_bps, rules)


def _rows(chain: Chain, now: datetime, head: int) -> list[Row]:
    at = chain.deployment
    of: dict[str, Any] = {"chain": chain.pk, "head": head, "most": MOST_FREEING, "kind": BALANCE}
    of |= {"month": now - MONTH, "quarter": now - QUARTER, "lattice": at[TOKEN]}
    of |= {"treasury": at.get(TREASURY, ""), "vault": at.get(FEE_VAULT, "")}
    with connection.cursor() as cursor:
        cursor.execute(BOOKS, of)
        return [Row(*values) for values in cursor.fetchall()]


def _holding(chain: Chain, asset: str, rows: list[Row], batch_bps: int, month_bps: int) -> Holding:
    currency = lattice_of(chain) if asset == chain.deployment[TOKEN] else currency_of(chain, asset)
    made = Holding(currency, batch_bps=batch_bps, month_bps=month_bps)
    for row in rows:
        if row.kind == "came":
            made.came, made.last_release = _flow(row), datetime.fromisoformat(row.words)
        elif row.kind == "went":
            made.went = _flow(row)
        elif row.kind == "read":
            made.read, made.read_block = int(row.whole), int(row.month)
        elif row.kind == "held":
            made.tallied = int(row.whole)
        elif row.kind == "listed":
            made.is_capped = bool(row.whole)
        elif row.kind == "vault":
            made.vault = int(row.whole)
        elif row.time:
            made.freeing.append(Freeing(row.time + MONTH, int(row.whole)))
    return made


def _flow(row: Row) -> Flow:
    return Flow(*map(int, (row.whole, row.month, row.quarter, row.later)))
