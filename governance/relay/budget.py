"""What the relayer may spend in a day, what it has spent, and how it is: the pages say so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Sum
from django.db.models.functions import Coalesce
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
    spent = Carriage.objects.filter(chain=chain, created_at__gt=timezone.now() - A_DAY)
    used = spent.aggregate(gas=Coalesce(Sum(Coalesce("gas_used", "gas")), 0), number=Count("pk"))
    status = RelayerStatus.objects.filter(chain=chain).first()
    limits = (settings.RELAY_GAS_A_DAY, int(used["gas"]), settings.RELAY_TRANSACTIONS_A_DAY, used["number"])
    if status is None:
        return Budget(*limits)
    return Budget(*limits, int(status.balance), status.account, status.stopped, status.seen_at)
