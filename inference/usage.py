"""Records for the catalogue how much each listing is used."""

from __future__ import annotations

from django.db import connection

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
