"""The quality of a listing, which breaks ties: a number from 0 to 1, computed in SQL from what is recorded of it."""

from __future__ import annotations

from django.db import connection

from marketplace.listings.recorded import share_said_sql

# Parts add up to 1: facts recorded, models made from it, hosts elsewhere, youth, running here, use here, its score.
QUALITY = """
with children as (
    select lower(adapted_from) as name, count(*) as n from marketplace_listing where adapted_from <> '' group by 1
), stood as (
    select listing.id, round((
        0.2 * {recorded}
        + 0.15 * coalesce(children.n, 0) / (coalesce(children.n, 0) + 3.0)
        + 0.1 * jsonb_array_length(reference_prices) / (jsonb_array_length(reference_prices) + 2.0)
        + 0.15 * exp(-least(greatest(current_date - coalesce(released, current_date - 1825), 0), 7300) / 730.0)
        + 0.15 * (case when runtime.state = 'ready' then coalesce(runtime.uptime, 0.5) else 0 end)
        + 0.15 * uses / (uses + 50.0)
        + 0.1 * coalesce((score.score - 1000) / 4000.0 * score.count / (score.count + 3.0), 0)
        - 0.1 * (superseded_by <> '')::int
    )::numeric, 4)::float8 as quality
    from marketplace_listing listing
    left join children on children.name = lower(listing.name)
    left join marketplace_listingruntime runtime on runtime.listing_id = listing.id
    left join marketplace_modelscore score on score.listing_id = listing.id
)
update marketplace_listing listing set quality = greatest(stood.quality, 0) from stood
where stood.id = listing.id and listing.quality <> greatest(stood.quality, 0)
"""


def weigh_listings() -> int:
    """Bring every listing's quality up to date; return how many changed."""
    with connection.cursor() as cursor:
        cursor.execute(QUALITY.format(recorded=share_said_sql("listing")))
        return int(cursor.rowcount)
