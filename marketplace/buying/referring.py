"""What a referral link has earned, from the same sums as the seller's desk shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Sum

from contracts.models import Chain, Parameter
from marketplace.money.buckets import Referral, earnings_of
from marketplace.onchain.models.sales import ReferralDistributionFact, ReferralFact


@dataclass(frozen=True)
class ReferralSum:
    """What a referrer has earned on a chain in one currency: amounts of smallest units.

    ``sales`` counts what was bought through the link. ``waiting`` are the days whose money is not credited yet.
    """

    chain: Chain
    token: str
    sales: int
    credited: int
    waiting: Sequence[Referral]

    @property
    def held(self) -> int:
        """What can still be refunded, or be disputed."""
        return sum(each.amount for each in self.waiting if not each.is_ready)

    @property
    def ready(self) -> Sequence[Referral]:
        """The days whose money can be credited now."""
        return [each for each in self.waiting if each.is_ready]


@dataclass(frozen=True)
class ReferralTerms:
    """What a referrer gets on a chain, and what it has earned there."""

    chain: Chain
    bps: int
    sums: Sequence[ReferralSum]

    @property
    def percent(self) -> float:
        """The referrer's part of the price, in per cent."""
        return self.bps / 100


def referral_sums(address: str) -> list[ReferralTerms]:
    """Return it for each chain with contracts. At most three queries, and earnings' own where there are sales."""
    chains = list(Chain.objects.exclude(deployment={}).order_by("pk"))
    part = dict(Parameter.objects.filter(key="referralBps").values_list("chain_id", "value"))
    return [ReferralTerms(chain, int(part.get(chain.pk, 0)), _sums(address, chain)) for chain in chains]


def _sums(address: str, chain: Chain) -> list[ReferralSum]:
    own = {"chain": chain, "referrer": address}
    sales = dict(ReferralFact.objects.filter(**own).values_list("token").annotate(Count("pk")).order_by())
    if not sales:
        return []
    paid = ReferralDistributionFact.objects.filter(**own).values_list("token").annotate(Sum("amount")).order_by()
    credited = dict(paid)
    waiting = earnings_of(address, chain).referrals
    return [
        ReferralSum(chain, token, n, int(credited.get(token, 0)), [each for each in waiting if each.token == token])
        for token, n in sorted(sales.items())
    ]
