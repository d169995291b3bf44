"""How well what runs here has run: the one place where measurements become figures, and figures a rating.

Figures are of checks of the engine and of real calls alike. A version's are those from its release to the next one's;
before the first release, and where nothing was published, the version is empty. All arithmetic is in whole numbers, so
that whoever has the raw rows gets the same ones (``rechecking.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from common.locks import exclusive_until_commit
from marketplace.ground.formulas import Formula
from marketplace.listings.performance import FORMULA, Performance
from marketplace.listings.runtime import DAYS, SAMPLE

from .sampling import LATE, write_samples

WINDOW = timedelta(days=DAYS)
MILLION = 1_000_000
# Why a call failed that is not the asker's doing: what its network or its browser did counts for nobody.
FAULTS = ("gone", "warming-up", "busy", "abandoned")

SPANS = """
with spans as (
    select listing.id as listing_id, lower(listing.name) as name, upstream.engine, released.version,
        greatest(released.since, %(since)s) as since, least(released.until, %(until)s) as until
    from inference_upstream upstream
    join marketplace_listing listing on lower(listing.name) = lower(upstream.listing)
    cross join lateral (
        select number as version, created_at as since,
            coalesce(lead(created_at) over (order by created_at, id), 'infinity') as until
        from marketplace_version where listing_id = listing.id
        union all
        select '', '-infinity', coalesce(min(created_at), 'infinity')
        from marketplace_version where listing_id = listing.id
    ) released
    where released.since < %(until)s and released.until > %(since)s
        and upstream.version in ('', released.version)
), begun as (
    select engine, coalesce(
        min(at) filter (where at < %(since)s), min(at) filter (where answered), '-infinity'
    ) as since from inference_probe where at < %(until)s group by engine
), measured as (
    select listing_id, version, probe.engine, at, 1 as asked, answered::int as answered, 0 as calls, 0 as succeeded,
        first_token_ms as first, floor(tokens_per_second * 1000)::bigint as speed
    from spans join begun using (engine)
    join inference_probe probe on probe.engine = spans.engine
        and at >= greatest(spans.since, begun.since) and at < spans.until
    union all
    select listing_id, spans.version, call.engine, started_at, 0, 0,
        (went or (state = 'failed' and error = any(%(faults)s)))::int, went::int,
        case when went then first_token_ms end,
        case when state = 'done' and completion_tokens > 1 and lasted > first_token_ms * 1000
            then (completion_tokens - 1)::bigint * 1000000000 / (lasted - first_token_ms * 1000) end
    from spans join inference_call call on lower(call.listing) = spans.name and call.engine = spans.engine
        and started_at >= spans.since and started_at < spans.until and ended_at < %(until)s
    cross join lateral (
        select state = 'done' or (state = 'stopped' and completion_tokens > 0) as went,
            (extract(epoch from ended_at - started_at) * 1000000)::bigint as lasted
    ) found
)
"""
FIGURES = (
    SPANS
    + """
select listing_id, version, engine, (at at time zone 'utc')::date as day, max(at) as last_at,
    sum(asked) as asked, sum(answered) as answered, sum(calls) as calls, sum(succeeded) as succeeded,
    count(first) as measured,
    percentile_disc(0.5) within group (order by first) as first_p50_ms,
    percentile_disc(0.95) within group (order by first) as first_p95_ms,
    count(speed) as written,
    percentile_disc(0.5) within group (order by speed desc) as speed_p50,
    percentile_disc(0.95) within group (order by speed desc) as speed_p95
from measured
group by grouping sets (
    (listing_id, version, engine), (listing_id, version, engine, (at at time zone 'utc')::date)
)
order by listing_id, version, engine, day nulls first
"""
)


class Key(NamedTuple):
    """What a performance is of."""

    listing_id: int
    version: str
    engine: str


@dataclass
class Figures:
    """What was measured of one version on one engine; ``Performance`` says what each is."""

    last_at: datetime
    asked: int
    answered: int
    calls: int
    succeeded: int
    measured: int
    first_p50_ms: int | None
    first_p95_ms: int | None
    written: int
    speed_p50: int | None
    speed_p95: int | None
    days: list[list[Any]] = field(default_factory=list)


class Part(NamedTuple):
    """One part of a rating: its ``points`` in millionths, and what it weighs."""

    name: str
    points: int
    weight: int


def last_until() -> datetime:
    """Return the end of the last ten minutes whose calls have ended."""
    over = timezone.now() - LATE
    return datetime.fromtimestamp(over.timestamp() // SAMPLE.total_seconds() * SAMPLE.total_seconds(), over.tzinfo)


def figures_at(until: datetime) -> dict[Key, Figures]:
    """Return what the thirty days before a moment have measured of all that runs here. One query."""
    given: dict[str, Any] = {"since": until - WINDOW, "until": until, "faults": list(FAULTS)}
    found: dict[Key, Figures] = {}
    with connection.cursor() as cursor:
        cursor.execute(FIGURES, given)
        for listing_id, version, engine, day, last_at, *counts in cursor:
            key = Key(listing_id, version, engine)
            # Those of all days come before those of each.
            if day is None:
                found[key] = Figures(last_at, *counts)
            else:
                found[key].days.append(day_row(day, counts))
    return found


def day_row(day: date, counts: Iterable[int | None]) -> list[Any]:
    """Return what a day counted, as it is stored: of times what half of the answers reach, after how many those are."""
    asked, answered, calls, succeeded, measured, first, _slow, written, speed, *_slowest = counts
    return [day.isoformat(), asked, answered, calls, succeeded, measured, first, written, speed]


def rating_of(figures: Figures, parameters: Mapping[str, int]) -> tuple[int | None, list[Part]]:
    """Return the rating in tenths of a point, None where too little was measured; and the parts that it is made of.

    A time that equals its parameter gives half of its points, as does such a speed. A share gives none at its
    ``floor``, in 1/100, and all at 100. What is not known, or of too little, is left out, and the others weigh more.
    """
    enough = parameters["least"]
    parts = []

    def add(name: str, points: int) -> None:
        parts.append(Part(name, points, parameters[f"{name}_weight"]))

    if figures.measured >= enough and figures.first_p50_ms is not None and figures.first_p95_ms is not None:
        for name, took in (("first", figures.first_p50_ms), ("slow", figures.first_p95_ms)):
            half = parameters[f"{name}_half_ms"]
            add(name, MILLION * half // (half + took))
    if figures.written >= enough and figures.speed_p50 is not None:
        add("speed", MILLION * figures.speed_p50 // (figures.speed_p50 + parameters["speed_half"] * 1_000))
    if figures.calls >= enough:
        add("success", _above(figures.succeeded, figures.calls, parameters["success_floor"]))
    if figures.asked >= enough:
        add("uptime", _above(figures.answered, figures.asked, parameters["uptime_floor"]))
    if figures.measured < enough or figures.asked < enough:
        return None, parts
    return sum(each.points * each.weight for each in parts) // sum(each.weight for each in parts) // 1_000, parts


def _above(part: int, whole: int, floor: int) -> int:
    """Return how far a share lies from its floor to all, in millionths."""
    share = MILLION * part // whole
    return max(0, share - floor * 10_000) * 100 // (100 - floor)


@transaction.atomic
def sample_and_rate() -> int:
    """Write the samples that are due, and rate anew where there were some; return how many samples that were."""
    # Together, because a new sample has a model's page made anew, which shows both.
    if written := write_samples():
        rate_performances()
    return written


@transaction.atomic
def rate_performances(*, until: datetime | None = None) -> int:
    """Measure and rate all that runs here, over the thirty days before a moment; return how many that were."""
    exclusive_until_commit(FORMULA)
    until = until or last_until()
    formula = Formula.objects.in_force(FORMULA)
    rows = [row_of(key, figures, formula, until) for key, figures in figures_at(until).items()]
    fields = [field.name for field in Performance._meta.concrete_fields if not field.primary_key]
    key = ["listing", "version", "engine"]
    written = [name for name in fields if name not in key]
    Performance.objects.bulk_create(rows, update_conflicts=True, unique_fields=key, update_fields=written)
    Performance.objects.exclude(until=until).delete()
    return len(rows)


def row_of(key: Key, figures: Figures, formula: Formula, until: datetime) -> Performance:
    """Return the row that figures amount to, by a formula."""
    rating, parts = rating_of(figures, formula.parameters)
    said = [part._asdict() for part in parts]
    times = {"since": until - WINDOW, "until": until}
    return Performance(**key._asdict(), **times, **vars(figures), rating=rating, parts=said, formula=formula.version)
