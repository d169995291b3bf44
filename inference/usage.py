"""Records for the catalogue how much each listing is used."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from django.db import connection
from django.db.models import Count, Q
from django.db.models.functions import Lower, TruncDate
from django.utils import timezone

from marketplace.listings.runtime import DAYS, ListingRuntime
from marketplace.listings.versions import Adoption
from marketplace.onchain.models.sales import PurchaseFact

from .models import Call, CallState

Key = TypeVar("Key")

HALF_LIFE = 7 * 86_400  # seconds after which a use counts half for what is trending
PURCHASE = 10  # uses that a purchase counts for

# The trend is fixed when it is counted, so that a walk in its order is exact in between.
COUNT = """
with happened as (
    select lower(listing) as name, 1 as uses, 1 as weight, started_at as at from inference_call
    where completion_tokens > 0 or state = 'done'
    union all
    select listing, uses, 0, now() from inference_pastuse
    union all
    select lower(listing.name), 0, %(purchase)s, fact.time from marketplace_purchasefact fact
    join marketplace_adoption adoption on adoption.chain_id = fact.chain_id and adoption.model_id = fact.model_id
    join marketplace_listing listing on listing.id = adoption.listing_id
), used as (
    select name, sum(uses)::bigint as uses,
        sum(weight * power(0.5, greatest(extract(epoch from now() - at), 0) / %(half)s)) as trend
    from happened group by name
), counted as (
    select listing.id, coalesce(used.uses, 0) as uses, coalesce(round(used.trend::numeric, 3), 0)::float8 as trend
    from marketplace_listing listing left join used on used.name = lower(listing.name)
    where used.name is not null or listing.uses > 0 or listing.trend > 0
)
update marketplace_listing listing set uses = counted.uses, trend = counted.trend from counted
where listing.id = counted.id and (listing.uses, listing.trend) is distinct from (counted.uses, counted.trend)
"""


def count_uses() -> int:
    """Bring uses and trends of all listings up to date; return how many changed.

    A use is a call that delivered something. A trend is the sum of uses and purchases, each halved every week.
    """
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"half": HALF_LIFE, "purchase": PURCHASE})
        return int(cursor.rowcount)


def count_days() -> int:
    """Bring the calls and kept purchases by day of all that runs here up to date; return how many changed."""
    today = timezone.now().astimezone(UTC).date()
    first = today - timedelta(days=DAYS - 1)
    since = datetime(first.year, first.month, first.day, tzinfo=UTC)
    calls, sales = _calls(since), _sales(since)
    changed = []
    for each in ListingRuntime.objects.select_related("listing").only("listing__name", "calls_by_day", "sales_by_day"):
        counts = _days(calls.get(each.listing.name.lower(), {}), first), _days(sales.get(each.listing_id, {}), first)
        if counts != (each.calls_by_day, each.sales_by_day):
            each.calls_by_day, each.sales_by_day = counts
            changed.append(each)
    return ListingRuntime.objects.bulk_update(changed, ["calls_by_day", "sales_by_day"]) if changed else 0


def _calls(since: datetime) -> dict[str, dict[date, int]]:
    """Return uses by listing (its name in lower case) and day. One query."""
    used = Call.objects.filter(Q(completion_tokens__gt=0) | Q(state=CallState.DONE), started_at__gte=since)
    days = used.values_list(Lower("listing"), TruncDate("started_at", tzinfo=UTC)).annotate(Count("pk"))
    return _by_key(days.order_by())


def _sales(since: datetime) -> dict[int, dict[date, int]]:
    """Return kept purchases by listing (its id) and day. Two queries."""
    placed = {(each.chain_id, each.model_id): each.listing_id for each in Adoption.objects.order_by("-pk")}
    kept = PurchaseFact.objects.kept().filter(time__gte=since)
    days = kept.values_list("chain_id", "model_id", TruncDate("time", tzinfo=UTC)).annotate(Count("pk")).order_by()
    return _by_key((placed[chain, model], day, n) for chain, model, day, n in days if (chain, model) in placed)


def _by_key(counts: Iterable[tuple[Key, date, int]]) -> dict[Key, dict[date, int]]:
    found: dict[Key, dict[date, int]] = {}
    for key, day, n in counts:
        days = found.setdefault(key, {})
        days[day] = days.get(day, 0) + n
    return found


def _days(counts: dict[date, int], first: date) -> list[int]:
    """Return thirty counts from ``first`` on, or none where nothing happened."""
    return [counts.get(first + timedelta(days=n), 0) for n in range(DAYS)] if counts else []
