"""Writes down what was measured of each listing, ten minutes at a time, so that pages can plot it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection

from marketplace.listings.runtime import SAMPLE

LATE = timedelta(minutes=2)  # after which the calls of ten minutes have ended
LOOK_BACK = timedelta(days=1)  # how far is made up for where nobody has looked

# A listing's own calls say more than checks of its engine; where nobody asked, the checks do.
WRITE = """
with looked as (
    select coalesce(max(at) + %(sample)s, now() - %(look_back)s) as since from marketplace_runtimesample
), span as (
    select date_bin(%(sample)s, greatest(since, now() - %(look_back)s), 'epoch') as since,
        date_bin(%(sample)s, now() - %(late)s, 'epoch') as until
    from looked
), checks as (
    select lower(upstream.listing) as name, date_bin(%(sample)s, at, 'epoch') as at, count(*) as asked,
        count(*) filter (where answered) as answered,
        percentile_cont(0.5) within group (order by probe.first_token_ms) as first, avg(tokens_per_second) as speed
    from span, inference_upstream upstream join inference_probe probe on probe.engine = upstream.engine
    where upstream.listing <> '' and at >= since and at < until group by 1, 2
), calls as (
    select lower(listing) as name, date_bin(%(sample)s, started_at, 'epoch') as at,
        percentile_cont(0.5) within group (order by first_token_ms) as first,
        avg((completion_tokens - 1) / nullif(extract(epoch from ended_at - started_at) - first_token_ms / 1000.0, 0))
            filter (where state = 'done' and completion_tokens > 1) as speed
    from inference_call, span
    where started_at >= since and started_at < until and first_token_ms is not null
        and lower(listing) in (select lower(listing) from inference_upstream)
    group by 1, 2
)
insert into marketplace_runtimesample (listing_id, at, asked, answered, first_token_ms, tokens_per_second)
select listing.id, measured.at, measured.asked, measured.answered, round(measured.first), measured.speed
from (
    select name as called, at, coalesce(checks.asked, 0) as asked, coalesce(checks.answered, 0) as answered,
        coalesce(calls.first, checks.first) as first, coalesce(calls.speed, checks.speed) as speed
    from checks full join calls using (name, at)
) measured
join marketplace_listing listing on lower(listing.name) = measured.called
on conflict do nothing
"""


def write_samples() -> int:
    """Write the samples of the ten minutes that are over since the last ones; return how many that were."""
    spans: dict[str, Any] = {"sample": SAMPLE, "late": LATE, "look_back": LOOK_BACK}
    with connection.cursor() as cursor:
        cursor.execute(WRITE, spans)
        return int(cursor.rowcount)
