"""What was sold in the last thirty days by the chain's clock, and who would get how much of it under which terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, Sum, Value
from django.utils.formats import date_format

from common.fields import WeiField
from contracts.names import COIN
from marketplace.onchain.models.escrow import ChargeFact
from marketplace.onchain.models.sales import PurchaseFact

from .records import Records

MONTH = timedelta(days=30)
BPS = 10_000


@dataclass(frozen=True)
class Sales:
    """What was paid since a time by currency, and how much of it by buyers that somebody had sent, in smallest units.

    What was refunded, or waits in a dispute, is not in it.
    """

    since: datetime
    by_token: Mapping[str, tuple[int, int]]

    @classmethod
    def of(cls, records: Records) -> Sales:
        """Return the sales of the last thirty days, with use that was charged by the call."""
        until = records.now()
        since = until - MONTH
        at = {"chain": records.chain, "time__gt": since, "time__lte": until}
        sent = Sum("paid", filter=~Q(referrer=COIN), default=0)
        none = Value(0, output_field=WeiField())
        bought = PurchaseFact.objects.filter(**at).kept().values("token").annotate(gross=Sum("paid"), sent=sent)
        charged = ChargeFact.objects.filter(**at).values("token").annotate(gross=Sum("amount"), sent=none)
        found: dict[str, tuple[int, int]] = {}
        for token, *sums in bought.values_list("token", "gross", "sent").union(
            charged.values_list("token", "gross", "sent"), all=True
        ):
            gross, referred = found.get(token, (0, 0))
            found[token] = (gross + int(sums[0]), referred + int(sums[1]))
        return cls(since, {COIN: found.pop(COIN, (0, 0)), **found})

    @property
    def since_text(self) -> str:
        """The day on which they begin."""
        return date_format(self.since, "j M Y")


def shares_of(terms: Mapping[str, int], gross: int, referred: int, *, is_coin: bool) -> dict[str, int]:
    """Return who gets how much of sales under these terms, in smallest units, as the contracts divide fees.

    ``referred`` is the part of buyers that somebody had sent. Of a currency that is not the coin, what is left of the
    fee goes wholly to the treasury.
    """
    fee, referrers = gross * terms["feeBps"] // BPS, referred * terms["referralBps"] // BPS
    left = fee - referrers
    stakers = bonus = 0
    if is_coin and terms["feeBps"]:
        stakers = left * terms["stakersBps"] // terms["feeBps"]
        bonus = left * terms["bonusCapBps"] // terms["feeBps"]
    treasury = left - stakers - bonus
    return {
        "treasury": treasury,
        "stakers": stakers,
        "bonus": bonus,
        "referrers": referrers,
        "sellers": gross - fee,
    }
