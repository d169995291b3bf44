"""A listing's score from its reviews, by one statement; what it means in words stands in the formula's own row.

All of it is integers, so that whoever repeats it gets the same number: weights, and thousandths of a star, rounded half
up. The statement finds bursts, writes down which reviews stand as one, and then the score of what is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, Subquery
from django.db.models.functions import Coalesce

from common.locks import exclusive_until_commit
from marketplace.ground.decisions import Action, ModerationDecision
from marketplace.ground.formulas import Formula

from .models import PARTS, Review
from .score_models import ModelScore, Prior

FORMULA = "review-score"


@dataclass(frozen=True)
class Parameters:
    """The numbers of a version of the formula.

    A weight is the product of two: for use, from 1 to ``use_most``, which ``use_full`` tokens reach; and for spending,
    from ``spend_least`` to ``spend_most``, which the reference reaches. The prior weighs as ``prior_reviews`` typical
    reviews; itself it is ``prior_start``, in 1/1,000 of a star, as often as ``prior_models`` models would be.
    A burst is ``burst_least`` or more first reviews by people who have used less than ``burst_use`` tokens, written
    within ``burst_minutes``, and more than ``burst_times`` as many as the ``burst_days`` before had in such a time.
    Those that moderators have cleared are none, those that they have refused are one until their authors use the model.
    """

    use_most: int
    use_full: int
    spend_least: int
    spend_most: int
    prior_reviews: int
    prior_start: int
    prior_models: int
    burst_least: int
    burst_times: int
    burst_minutes: int
    burst_days: int
    burst_use: int


@dataclass(frozen=True)
class Before:
    """What a reckoning goes by: the formula in force, whether there is a prior, and how many reviews were shown."""

    version: int
    numbers: Parameters
    has_prior: bool
    shown: int


@dataclass(frozen=True)
class Reckoned:
    """What a reckoning wrote: the reviews that have become part of a burst by it, and all that are."""

    newly_burst: int
    burst: int


def parameters() -> tuple[int, Parameters]:
    """Return the version of the formula in force, and its numbers."""
    formula = Formula.objects.in_force(FORMULA)
    return formula.version, Parameters(**formula.parameters)


def before(listing_id: int) -> Before:
    """Return what a listing's score is reckoned by. One query."""
    shown = Subquery(ModelScore.objects.filter(listing=listing_id).values("shown"))
    with_both = Formula.objects.annotate(has_prior=Exists(Prior.objects.all()), shown=Coalesce(shown, 0))
    formula: Any = with_both.in_force(FORMULA)  # with both annotations
    return Before(formula.version, Parameters(**formula.parameters), formula.has_prior, formula.shown)


def lock_score(*listings: int) -> None:
    """Let one transaction at a time change a listing's reviews and their score. Take it before any of their rows.

    Who needs those of several listings takes them in the order of their ids.
    """
    exclusive_until_commit(*[f"score:{listing_id}" for listing_id in listings])


@transaction.atomic(savepoint=False)
def reckon(listing_id: int) -> Reckoned:
    """Write a listing's score, and which of its reviews are a burst. Reckoning again changes nothing."""
    lock_score(listing_id)
    return reckon_locked(listing_id, before(listing_id))


def reckon_locked(listing_id: int, by: Before) -> Reckoned:
    """The same for whoever holds the listing's lock and has looked."""
    if not by.has_prior:
        _prior_row(by.numbers)
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, {"listing": listing_id, "version": by.version, **vars(by.numbers)})
        newly, burst = cursor.fetchone()
    return Reckoned(newly, burst)


def _prior_row(numbers: Parameters) -> None:
    Prior.objects.get_or_create(pk=1, defaults={"value": numbers.prior_start})


@transaction.atomic
def reckon_prior() -> bool:
    """Reckon the mean of all models again, and every score by it; return whether it has changed."""
    _version, numbers = parameters()
    _prior_row(numbers)
    prior = Prior.objects.select_for_update().get(pk=1)
    with connection.cursor() as cursor:
        cursor.execute(PRIOR, vars(numbers))
        prior.value, prior.of, changed = cursor.fetchone()
        if changed:
            prior.save()
            cursor.execute(DRAWN, {"prior": prior.value})
    return bool(changed)


# How a score is drawn towards the prior: the same words in both statements that write it.
_SCORE = """
case when {n} = 0 then null
else div(2 * ({weighted} * 1000 + {prior_weight} * {prior}) + {weight} + {prior_weight},
         2 * ({weight} + {prior_weight}))
end
"""
_PARTS = ", ".join(
    f"""'{part}', jsonb_build_object(
        'count', count({part}),
        'mean', div(2000 * sum(weight * {part}) + sum(weight) filter (where {part} is not null),
                    2 * sum(weight) filter (where {part} is not null)))"""
    for part in PARTS
)
_SUMS = {"n": "n", "weighted": "weighted", "weight": "weight", "prior_weight": "prior_weight", "prior": "prior"}
_REVIEW, _MODEL_SCORE, _PRIOR, _DECISION = (
    model._meta.db_table for model in (Review, ModelScore, Prior, ModerationDecision)
)

STATEMENT = f"""
with looked as (
  select kept.id, rating, {", ".join(PARTS)}, judged, standing, spent, used, written_at,
         judged = 'counted' as counts,
         is_first and used < %(burst_use)s and crowd.action is distinct from '{Action.SHOW}' as light,
         crowd.action = '{Action.HIDE}' as is_refused
    from {_REVIEW} kept left join {_DECISION} crowd on crowd.id = crowd_id
   where listing_id = %(listing)s and withdrawn_at is null
), crowds as (
  select *,
         count(*) over (partition by counts order by written_at
                        range between make_interval(days => %(burst_days)s) preceding
                                  and make_interval(mins => %(burst_minutes)s) preceding) as before,
         count(*) filter (where light) over (partition by counts order by written_at
                        range between current row and make_interval(mins => %(burst_minutes)s) following) as ahead
    from looked
), begun as (
  select *, counts and light and ahead >= %(burst_least)s
            and ahead * 1440 * %(burst_days)s > %(burst_times)s * before * %(burst_minutes)s as begins
    from crowds
), bursts as (
  select *, counts and light and (is_refused is true or bool_or(begins) over (
                partition by counts order by written_at
                range between make_interval(mins => %(burst_minutes)s) preceding and current row)) as is_burst
    from begun
), stands as (
  select *, case when is_burst then 'burst' else judged end as stands from bursts
), moved as (
  update {_REVIEW} set standing = stands.stands
    from (select id, stands from stands where stands <> standing) stands where stands.id = {_REVIEW}.id
  returning {_REVIEW}.id, {_REVIEW}.standing
), counted as (
  select * from stands where stands = 'counted'
), reference as (
  select coalesce(min(spent) filter (where running * 2 >= total and total > 0), 0) as reference
    from (select spent, sum(spent) over (order by spent) as running, sum(spent) over () as total from counted) run
), weights as (
  select counted.*,
         (1 + div((%(use_most)s - 1) * least(used, %(use_full)s), %(use_full)s)) * (%(spend_least)s + case
           when reference = 0 then 0
           else div((%(spend_most)s - %(spend_least)s) * least(spent, reference), reference) end) as weight
    from counted, reference
), sums as (
  select count(*) as n, coalesce(sum(weight), 0) as weight, coalesce(sum(weight * rating), 0) as weighted,
         coalesce(div(%(prior_reviews)s * sum(weight * weight), sum(weight)), 0) as prior_weight,
         array[{", ".join(f"count(*) filter (where rating = {n})" for n in range(1, 6))}] as stars,
         jsonb_build_object({_PARTS}) as parts
    from weights
), prior as (
  select value as prior from {_PRIOR} where id = 1 for share
), others as (
  select coalesce(jsonb_object_agg(stands, n), '{{}}'::jsonb) as left_out,
         coalesce(sum(n) filter (where stands <> 'hidden'), 0) as readable
    from (select stands, count(*) as n from stands where stands <> 'counted' group by stands) by_standing
), written as (
  insert into {_MODEL_SCORE} as kept
         (listing_id, score, mean, count, shown, stars, parts, left_out,
          weight, weighted, prior, prior_weight, reference, version, reckoned_at)
  select %(listing)s, {_SCORE.format(**_SUMS)},
         case when n = 0 then null else div(2000 * weighted + weight, 2 * weight) end,
         n, n + readable, stars, parts, left_out, weight, weighted, prior, prior_weight, reference, %(version)s, now()
    from sums, prior, reference, others
  on conflict (listing_id) do update
     set score = excluded.score, mean = excluded.mean, count = excluded.count, shown = excluded.shown,
         stars = excluded.stars, parts = excluded.parts, left_out = excluded.left_out, weight = excluded.weight,
         weighted = excluded.weighted, prior = excluded.prior, prior_weight = excluded.prior_weight,
         reference = excluded.reference, version = excluded.version, reckoned_at = excluded.reckoned_at
)
select (select count(*) from moved where standing = 'burst'), (select count(*) from stands where stands = 'burst')
"""  # noqa: S608  names of tables and columns, and constants

PRIOR = f"""
select reckoned, n, (select value from {_PRIOR}) <> reckoned from (
  select div(2 * (coalesce(sum(mean), 0) + %(prior_start)s * %(prior_models)s) + count(mean) + %(prior_models)s,
             2 * (count(mean) + %(prior_models)s)) as reckoned, count(mean) as n
    from {_MODEL_SCORE}
) all_models
"""  # noqa: S608  names of tables

DRAWN = f"""
update {_MODEL_SCORE} set prior = %(prior)s, reckoned_at = now(),
       score = {_SCORE.format(**{**_SUMS, "n": "count", "prior": "%(prior)s"})}
"""  # noqa: S608  names of a table and its columns
