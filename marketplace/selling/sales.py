"""What a seller has sold, for lists and plots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet

from contracts.models import Chain
from marketplace.onchain.models.listings import OnchainListing
from marketplace.onchain.models.sales import DistributionFact, PurchaseFact

DAYS = 60  # of the plot


@dataclass(frozen=True)
class Day:
    """One day of the plot: its sales, and where its bar stands (per cent of the width and of the height)."""

    day: date
    paid: int
    x: float
    height: float

    @property
    def y(self) -> float:
        """Where the bar begins, from the top."""
        return 100 - self.height


def sales_of(seller: str, chain: Chain) -> QuerySet[PurchaseFact]:
    """Return the purchases of everything that the address sells, the newest first."""
    models = OnchainListing.objects.filter(chain=chain, seller=seller).values("model_id")
    return PurchaseFact.objects.filter(chain=chain, model_id__in=models).order_by("-block_number", "-log_index")


def distributed_of(seller: str, chain: Chain) -> QuerySet[DistributionFact]:
    """Return the distributions of what the address sells, the newest first."""
    models = OnchainListing.objects.filter(chain=chain, seller=seller).values("model_id")
    found = DistributionFact.objects.filter(chain=chain, model_id__in=models)
    return found.order_by("-block_number", "-log_index")


def days_of(sales: Iterable[PurchaseFact], today: date) -> list[Day]:
    """Return the last sixty days with what was sold on each, for the plot and its table."""
    paid: dict[date, int] = defaultdict(int)
    for sale in sales:
        paid[sale.time.date()] += sale.paid
    days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    most = max((paid[day] for day in days), default=0) or 1
    return [
        Day(day, paid[day], round(place * 100 / DAYS, 2), round(paid[day] * 100 / most, 2))
        for place, day in enumerate(days)
    ]


def models_of(sales: Iterable[PurchaseFact]) -> list[tuple[str, int, float]]:
    """Return what each model sold, the most first, with the width of its bar in per cent."""
    paid: dict[str, int] = defaultdict(int)
    for sale in sales:
        paid[sale.model_id] += sale.paid
    most = max(paid.values(), default=0) or 1
    return [(model, sum_, round(sum_ * 100 / most, 2)) for model, sum_ in sorted(paid.items(), key=lambda it: -it[1])]
