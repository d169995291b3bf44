"""The fees that sales paid: by day, model and currency, and how far each has come on its way to the treasury."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from django.db import connection
from django.utils.translation import gettext_lazy as _

from contracts.models import Chain
from contracts.names import COIN
from marketplace.listings.models import Listing
from marketplace.money.ledger import today
from marketplace.selling.periods import Span
from marketplace.selling.sales_plot import Figures

# Of a sale's fee its referrer's part goes to the referrer: ``Referred`` comes before its purchase (decision 0090).
# A dispute that the seller won matures by the ruling's day, not the sale's: until then the money was held. Joined to a
# ``Distributed`` by all four columns, because each bucket is given out by itself.
FEES = """
with sold as (
    select fact.model_id, fact.token, fact.split_hash, (fact.time at time zone 'utc')::date as made, fact.fee,
        case when fact.referrer = %(nobody)s then 0 else coalesce((
            select amount from marketplace_referralfact part
            where part.chain_id = fact.chain_id and part.tx_hash = fact.tx_hash and part.model_id = fact.model_id
                and part.index < fact.index order by part.index desc limit 1), 0) end as referred,
        case when back.stage = 'for-seller' and back.ruled_at is not null
            then floor(extract(epoch from back.ruled_at) / 86400)::int else fact.maturity_day end as day,
        coalesce(back.stage, '') as stage
    from marketplace_purchasefact fact left join marketplace_purchasereturn back
        on (back.chain_id, back.purchase_tx, back.purchase_index) = (fact.chain_id, fact.tx_hash, fact.index)
    where fact.chain_id = %(chain)s
    union all
    select model_id, token, split_hash, (time at time zone 'utc')::date, fee, 0, day, ''
    from marketplace_chargefact where chain_id = %(chain)s
)
select sold.token, sold.model_id, sold.made,
    case when stage in ('refunded', 'for-buyer') then 'back' when stage = 'disputed' then 'held'
        when given.day is not null then 'given' when sold.day < %(today)s then 'due' else 'maturing' end as stand,
    sum(fee), sum(referred), count(*), coalesce(max(listing.name), '')
from sold
left join marketplace_adoption adopted on (adopted.chain_id, adopted.model_id) = (%(chain)s, sold.model_id)
left join marketplace_listing listing on listing.id = adopted.listing_id
left join marketplace_distributionfact given on given.chain_id = %(chain)s
    and (given.model_id, given.token, given.split_hash, given.day)
        = (sold.model_id, sold.token, sold.split_hash, sold.day)
group by 1, 2, 3, 4
"""


class Stand(StrEnum):
    """How far a fee has come."""

    MATURING = "maturing"
    DUE = "due"
    GIVEN = "given"
    HELD = "held"
    BACK = "back"


WORDS = {
    Stand.MATURING: _("maturing, may still be refunded"),
    Stand.DUE: _("matured, to be distributed"),
    Stand.GIVEN: _("distributed to the fee vault"),
    Stand.HELD: _("disputed, not counted"),
    Stand.BACK: _("refunded, not counted"),
}
COUNTED = (Stand.MATURING, Stand.DUE, Stand.GIVEN)


class Fee(NamedTuple):
    """Fees of one model's sales of one day; ``referred`` of ``gross`` goes to those who sent the buyers."""

    token: str
    model_id: str
    made: date
    stand: Stand
    gross: int
    referred: int
    sales: int
    name: str

    @property
    def net(self) -> int:
        """What reaches the fee vault."""
        return self.gross - self.referred

    @property
    def counts(self) -> bool:
        """Whether it is not refunded or disputed."""
        return self.stand in COUNTED


@dataclass
class ModelFees:
    """What one model's sales have paid in a stretch of time."""

    model_id: str
    name: str = ""
    net: int = 0
    referred: int = 0
    sales: int = 0

    @property
    def listing(self) -> Listing | None:
        """The catalogue's entry, with its name alone; None for what nobody adopted."""
        return Listing(name=self.name) if self.name else None


def fees_of(chain: Chain) -> list[Fee]:
    """Return all fees that sales on a chain paid, a row a day, model, currency and stand. One query."""
    with connection.cursor() as cursor:
        cursor.execute(FEES, {"chain": chain.pk, "nobody": COIN, "today": today()})
        return [
            Fee(token, model, made, Stand(stand), int(gross), int(referred), sales, name)
            for token, model, made, stand, gross, referred, sales, name in cursor.fetchall()
        ]


def by_slot(fees: Iterable[Fee], span: Span) -> dict[date, Figures]:
    """Return what each bar stands for: fees that are safe, that may be refunded, and that were."""
    sums: dict[date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for fee in fees:
        kind = "maturing" if fee.stand == Stand.MATURING else "matured" if fee.counts else "lost"
        sums[span.slot_of(fee.made)][kind] += fee.net
    return {slot: Figures(**sums[slot]) for slot in span.slots()}


def by_model(fees: Iterable[Fee]) -> list[ModelFees]:
    """Return what each model's sales have paid, the most first."""
    found: dict[str, ModelFees] = {}
    for fee in fees:
        if fee.counts:
            kept = found.setdefault(fee.model_id, ModelFees(fee.model_id, fee.name))
            kept.net, kept.referred, kept.sales = (
                kept.net + fee.net,
                kept.referred + fee.referred,
                kept.sales + fee.sales,
            )
    return sorted(found.values(), key=lambda each: (-each.net, each.model_id))
