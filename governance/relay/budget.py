"""What the relayer may spend in a day, what it has spent, and how it is: the pages say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import CharField, Count, JSONField, OuterRef, Subquery, Sum
from django.db.models.functions import Cast, Coalesce, JSONObject
from django.utils import timezone

from contracts.models import Chain

from .models import Carriage, RelayerStatus

A_DAY = timedelta(days=1)
SILENT = timedelta(minutes=5)  # a relayer that has not looked for so long is taken for none


@dataclass(frozen=True)
class Budget:
    """The relayer's limits of any 24 hours, what is used of them, and its last look; ``balance`` is wei."""

    gas: int
    gas_used: int
    transactions: int
    transactions_used: int
    balance: int = 0
    account: str = ""
    stopped: str = ""
    seen_at: datetime | None = None

    @property
    def gas_left(self) -> int:
        """The gas that may still be signed for; none where the transactions are used up."""
        return max(0, self.gas - self.gas_used) if self.transactions_used < self.transactions else 0

    @property
    def is_running(self) -> bool:
        """Whether a relayer has looked lately."""
        return self.seen_at is not None and self.seen_at > timezone.now() - SILENT


def budget_of(chain: Chain) -> Budget:
    """Return what may be spent and what is spent. A transaction counts by its limit of gas until its block is final."""
    parts = budget_parts()
    return budget_in(Chain.objects.filter(pk=chain.pk).annotate(**parts).values(*parts).get())


def budget_parts(since: Any = None) -> dict[str, Any]:
    """Return what ``budget_in`` reads, as SQL over chains: a page asks for it along with other things.

    ``since`` is the beginning of the 24 hours, or a value that is given later; None is now less a day.
    """
    begun = timezone.now() - A_DAY if since is None else since
    recent = Carriage.objects.filter(chain=OuterRef("pk"), created_at__gt=begun).order_by()
    sums = recent.values("chain").annotate(gas_sum=Sum(Coalesce("gas_used", "gas")), number=Count("pk"))
    spent = sums.values(row=JSONObject(gas="gas_sum", number="number"))
    status = JSONObject(account="account", balance=Cast("balance", CharField()), stopped="stopped", seen_at="seen_at")
    looked = RelayerStatus.objects.filter(chain=OuterRef("pk")).values(row=status)
    found = {"relay_spent": spent, "relayer": looked}
    return {name: Subquery(rows, output_field=JSONField()) for name, rows in found.items()}


def budget_in(row: Mapping[str, Any]) -> Budget:
    """Return the budget in a row with ``budget_parts``."""
    spent, status = row["relay_spent"] or {"gas": 0, "number": 0}, row["relayer"]
    limits = (settings.RELAY_GAS_A_DAY, int(spent["gas"]), settings.RELAY_TRANSACTIONS_A_DAY, int(spent["number"]))
    if status is None:
        return Budget(*limits)
    seen_at = datetime.fromisoformat(status["seen_at"])
    return Budget(*limits, int(status["balance"]), status["account"], status["stopped"], seen_at)
