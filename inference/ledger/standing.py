"""How the ledger stands on each chain, for the page that says so. Sums alone: nobody's account can be read from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Sum
from django.utils import timezone

from contracts.models import Chain
from contracts.names import ESCROW

from .models import Account, Audit, Line, Settlement

LATE = timedelta(minutes=45)  # after which a comparison is no news any more


@dataclass
class Standing:
    """One chain: the last comparison, sums by token, and the settlements of the last 24 hours."""

    chain: Chain
    audit: Audit | None
    sums: list[dict[str, Any]] = field(default_factory=list)
    settlements: int = 0
    gas: int = 0
    gas_a_day: int = 0
    refused: int = 0
    last: Settlement | None = None

    @property
    def agrees(self) -> bool:
        """Whether the last comparison found nothing."""
        return self.audit is not None and not self.audit.differences

    @property
    def is_late(self) -> bool:
        """Whether it was too long ago to say anything."""
        return self.audit is not None and self.audit.made_at < timezone.now() - LATE


def standings() -> list[Standing]:
    """Return how the ledger stands on every chain with an escrow. Six queries, however many chains there are."""
    chains = [each for each in Chain.objects.order_by("pk") if ESCROW in each.deployment]
    audits = Audit.objects.order_by("chain_id", "-made_at").distinct("chain_id")
    found = {each.chain_id: each for each in audits}
    all_of_them = {chain.pk: Standing(chain, found.get(chain.pk), gas_a_day=_gas_a_day()) for chain in chains}
    names = ("available", "held", "charged", "withdrawing", "settled", "withdrawn")
    sums = Account.objects.order_by("chain_id", "token").values("chain_id", "token")
    for row in sums.annotate(**{f"{name}_sum": Sum(name) for name in names}, accounts=Count("pk")):
        if row["chain_id"] in all_of_them:
            all_of_them[row["chain_id"]].sums.append({**row})
    lately = Settlement.objects.filter(created_at__gt=timezone.now() - timedelta(days=1)).order_by()
    for chain_id, number, gas in lately.values_list("chain_id").annotate(Count("pk"), Sum("gas")):
        if chain_id in all_of_them:
            all_of_them[chain_id].settlements, all_of_them[chain_id].gas = number, int(gas)
    refused = Line.objects.filter(settlement=None).exclude(refusal="").order_by()
    for chain_id, number in refused.values_list("chain_id").annotate(Count("pk")):
        if chain_id in all_of_them:
            all_of_them[chain_id].refused = number
    for each in Settlement.objects.order_by("chain_id", "-created_at").distinct("chain_id"):
        if each.chain_id in all_of_them:
            all_of_them[each.chain_id].last = each
    return list(all_of_them.values())


def _gas_a_day() -> int:
    return int(settings.SETTLE_GAS_A_DAY)
