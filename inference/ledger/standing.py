"""How the ledger stands on each chain, for the page that says so. Sums alone: nobody's account can be read from it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Count, Sum
from django.utils import timezone

from contracts.models import Chain
from contracts.names import ESCROW

from .models import Account, Audit, CallPayment, Line, Settlement

LATE = timedelta(minutes=45)  # after which a comparison is no news any more


class Brought(NamedTuple):
    """Transactions that the operator brought to the escrow in the last 24 hours."""

    number: int
    gas: int


NONE = Brought(0, 0)


@dataclass
class Standing:
    """One chain: the last comparison, sums by token, and what was brought to it in the last 24 hours."""

    chain: Chain
    audit: Audit | None
    sums: list[dict[str, Any]]
    settlements: Brought
    payments: Brought
    refused: int
    last: Settlement | None

    @property
    def settlement_gas_a_day(self) -> int:
        """The most gas of settlements in 24 hours."""
        return int(settings.SETTLE_GAS_A_DAY)

    @property
    def payment_gas_a_day(self) -> int:
        """The most gas of calls that are paid on their own, in 24 hours; 0 where there are none."""
        return int(settings.CALL_PAYMENT_GAS_A_DAY)

    @property
    def agrees(self) -> bool:
        """Whether the last comparison found nothing."""
        return self.audit is not None and not self.audit.differences

    @property
    def is_late(self) -> bool:
        """Whether it was too long ago to say anything."""
        return self.audit is not None and self.audit.made_at < timezone.now() - LATE


def standings() -> list[Standing]:
    """Return how the ledger stands on every chain with an escrow. Seven queries, however many chains there are."""
    settlements, payments = _lately(Settlement), _lately(CallPayment)
    audits = {each.chain_id: each for each in Audit.objects.order_by("chain_id", "-made_at").distinct("chain_id")}
    last = {each.chain_id: each for each in Settlement.objects.order_by("chain_id", "-created_at").distinct("chain_id")}
    waiting = Line.objects.filter(settlement=None).exclude(refusal="").order_by()
    refused = dict(waiting.values_list("chain_id").annotate(Count("pk")))
    sums = _sums()
    return [
        Standing(
            chain=chain,
            audit=audits.get(chain.pk),
            sums=sums[chain.pk],
            settlements=settlements.get(chain.pk, NONE),
            payments=payments.get(chain.pk, NONE),
            refused=refused.get(chain.pk, 0),
            last=last.get(chain.pk),
        )
        for chain in Chain.objects.order_by("pk")
        if ESCROW in chain.deployment
    ]


def _sums() -> defaultdict[int, list[dict[str, Any]]]:
    """Return what all accounts of a chain hold together, by chain: for each token a row."""
    names = ("available", "held", "charged", "withdrawing", "settled", "withdrawn")
    found: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    by_token = Account.objects.order_by("chain_id", "token").values("chain_id", "token")
    for row in by_token.annotate(**{f"{name}_sum": Sum(name) for name in names}):
        found[row["chain_id"]].append({**row})
    return found


def _lately(brought: type[Settlement | CallPayment]) -> dict[int, Brought]:
    """Return how many were begun in the last 24 hours and their gas, by chain."""
    lately = brought.objects.filter(created_at__gt=timezone.now() - timedelta(days=1)).order_by()
    rows = lately.values_list("chain_id").annotate(Count("pk"), Sum("gas"))
    return {chain_id: Brought(number, int(gas)) for chain_id, number, gas in rows}
