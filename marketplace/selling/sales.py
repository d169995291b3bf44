"""What a seller has sold, for lists and plots: net of what was paid back, or waits in a dispute."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import QuerySet, Sum
from django.db.models.functions import TruncDate

from contracts.models import Chain
from marketplace.money.buckets import Earnings
from marketplace.money.sales import Sale, sales_of
from marketplace.onchain.models.sales import DistributionFact, PurchaseFact

DAYS = 60  # of the plot
NEWEST = ("-block_number", "-log_index")


@dataclass(frozen=True)
class Day:
    """One day of the plot: what was sold and kept, and where its bar stands (per cent of the width and the height)."""

    day: date
    kept: int
    x: float
    height: float

    @property
    def y(self) -> float:
        """Where the bar begins, from the top."""
        return 100 - self.height


@dataclass(frozen=True)
class SalesCourse:
    """The sales of the last sixty days in one currency: by day, and by model, the most first.

    With each model stands the width of its bar, in per cent.
    """

    token: str
    days: list[Day]
    models: list[tuple[str, int, float]]


def latest_sales(earnings: Earnings, chain: Chain, head: int, most: int) -> list[Sale]:
    """Return the newest sales of what an account sells, each in its true state. One query."""
    facts = PurchaseFact.objects.filter(chain=chain, model_id__in=earnings.models).order_by(*NEWEST)
    return sales_of(facts[:most], earnings.returns, head, chain.confirmations)


def distributed_of(models: Collection[str], chain: Chain) -> QuerySet[DistributionFact]:
    """Return the distributions of models, the newest first."""
    return DistributionFact.objects.filter(chain=chain, model_id__in=models).order_by(*NEWEST)


def courses_of(models: Collection[str], chain: Chain, today: date) -> list[SalesCourse]:
    """Return the plots of what models sold, for each currency that anything of the last sixty days was paid in.

    One query.
    """
    first = today - timedelta(days=DAYS - 1)
    facts = PurchaseFact.objects.filter(
        # From a midnight in UTC, so that the first bar is a whole day, as the others are.
        chain=chain,
        model_id__in=models,
        time__gte=datetime(first.year, first.month, first.day, tzinfo=UTC),
    )
    grouped = facts.kept().values_list("token", TruncDate("time", tzinfo=UTC), "model_id").annotate(Sum("paid"))
    days: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    sold: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for token, day, model, paid in grouped.order_by():
        days[token][day] += int(paid)
        sold[token][model] += int(paid)
    return [SalesCourse(token, _days(days[token], today), _models(sold[token].items())) for token in sorted(days)]


def _days(kept: dict[date, int], today: date) -> list[Day]:
    days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    # Days without a sale would divide by zero.
    most = max((kept.get(day, 0) for day in days), default=0) or 1
    return [
        Day(day, kept.get(day, 0), round(place * 100 / DAYS, 2), round(kept.get(day, 0) * 100 / most, 2))
        for place, day in enumerate(days)
    ]


def _models(sold: Iterable[tuple[str, int]]) -> list[tuple[str, int, float]]:
    # Then by model, so that equal sums keep their places from one reload to the next.
    ordered = sorted(sold, key=lambda each: (-each[1], each[0]))
    most = max((kept for _model, kept in ordered), default=0) or 1
    return [(model, kept, round(kept * 100 / most, 2)) for model, kept in ordered]
