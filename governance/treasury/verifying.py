"""What the pages of treasury and roles say of the contracts, for ``verify_chain``: caps, spending, mandate, pause."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Sum

from contracts.indexer.verify import Claim, verifier
from contracts.models import PAUSED_UNTIL, Block, Chain, Parameter
from contracts.names import GUARD, PARAMETERS, TREASURY
from governance.onchain.models.settings import MandateFact, SettingFact
from governance.onchain.models.treasury import AssetFact, SpendingFact

from .books import MONTH


@verifier
def caps(chain: Chain, number: int) -> Iterator[Claim]:
    """The treasury's caps and delay, and what the thirty days before took away of each asset."""
    until = {"chain": chain, "block_number__lte": number}
    order = ("-block_number", "-log_index")
    if last := SettingFact.objects.filter(**until, name="CapsSet").order_by(*order).first():
        yield Claim(TREASURY, "caps", [], [int(part) for part in last.new_value.split()])
    if delay := SettingFact.objects.filter(**until, name="MinDelayChange").order_by(*order).first():
        yield Claim(TREASURY, "getMinDelay", [], int(delay.new_value))
    since = Block.objects.values_list("time", flat=True).get(chain=chain, number=number) - MONTH
    assets = AssetFact.objects.filter(**until).values_list("asset", flat=True).distinct()
    spent = SpendingFact.objects.filter(**until, time__gt=since)
    sums = dict(spent.values_list("asset").annotate(Sum("amount")))
    for asset in assets:
        yield Claim(TREASURY, "spentInMonth", [asset], int(sums.get(asset, 0)))


@verifier
def guardian(chain: Chain, number: int) -> Iterator[Claim]:
    """Who the guardian's member is and until when, and until when the market is paused."""
    mandates = MandateFact.objects.filter(chain=chain, block_number__lte=number)
    if last := mandates.order_by("-block_number", "-log_index").first():
        yield Claim(GUARD, "member", [], last.member)
        yield Claim(GUARD, "mandateEnd", [], int(last.mandate_end.timestamp()))
    for pause in Parameter.objects.filter(chain=chain, key=PAUSED_UNTIL, block_number__lte=number):
        yield Claim(PARAMETERS, "saleTerms", [], int(pause.value), "pausedUntil")
