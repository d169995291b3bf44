"""The score of a listing: its weights, its prior, what a crowd of wallets can do, and a hundred thousand reviews."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace.ground.cases import Case, Source
from marketplace.ground.formulas import Formula
from marketplace.scores.judging import judge_listing
from marketplace.scores.models import Review, Standing, Use
from marketplace.scores.reckoning import FORMULA, Parameters, parameters, reckon, reckon_prior
from marketplace.scores.score_models import ModelScore, Prior
from tests.factories.reviews import NOW, Model, address, model

from . import brute

STANDINGS = [Standing.COUNTED] * 6 + [Standing.REFUNDED, Standing.AFFILIATED, Standing.HIDDEN]


def store(made: Model, plain: Sequence[brute.Plain], first: int = 100) -> list[Review]:
    """Write reviews as they would have been judged."""
    made_of = {"listing": made.listing, "chain": made.chain, "model_id": made.model_id, "version": "1.0.0", "number": 1}
    rows = [
        Review(
            **made_of,
            author=f"0x{first + place:040x}",
            rating=each.rating,
            judged=each.standing,
            standing=each.standing,
            spent=each.spent,
            used=each.used,
            is_first=each.is_first,
            written_at=each.written_at,
        )
        for place, each in enumerate(plain)
    ]
    return Review.objects.bulk_create(rows, batch_size=5_000)


def score_of(made: Model) -> ModelScore:
    return ModelScore.objects.get(listing=made.listing)


@pytest.mark.parametrize("seed", range(60))
def test_the_score_is_what_plain_python_reckons(made: Model, seed: int) -> None:
    random = Random(seed)  # noqa: S311  the same tests each time
    start = NOW - timedelta(days=40)
    busy = random.choice((60, 2_000, 40 * 1_440))  # minutes over which they are spread
    plain = [
        brute.Plain(
            rating=random.randint(1, 5),
            written_at=start + timedelta(minutes=random.randint(0, busy)),
            standing=random.choice(STANDINGS),
            spent=random.choice((0, 0, 10**15, 10**16, random.randint(1, 10**19))),
            used=random.choice((0, 0, 999, 1_000, random.randint(0, 50_000))),
            is_first=random.random() < 0.7,
        )
        for _ in range(random.randint(0, 60))
    ]
    store(made, plain)
    reckoned = reckon(made.listing.pk)
    found, score = brute.reckon(plain), score_of(made)
    assert (score.score, score.mean, score.stars) == (found.score, found.mean, found.stars)
    assert score.left_out == found.left_out
    assert reckoned.burst == found.left_out.get("burst", 0)
    assert score.shown == len(plain) - found.left_out.get("hidden", 0)
    # Once more changes nothing.
    assert reckon(made.listing.pk).newly_burst == 0
    assert score_of(made).score == found.score


def honest(rating: int = 4, count: int = 20) -> list[brute.Plain]:
    """Return people of median spend who have run what they review, over some weeks."""
    return [
        brute.Plain(rating, NOW - timedelta(days=30 - place), Standing.COUNTED, spent=20 * 10**15, used=30_000)
        for place in range(count)
    ]


def wallets(rating: int, minutes: int, count: int = 50) -> list[brute.Plain]:
    """Return one person's wallets: the cheapest plan, no calls."""
    return [
        brute.Plain(rating, NOW - timedelta(minutes=minutes * place), Standing.COUNTED, spent=4 * 10**15)
        for place in range(count)
    ]


@pytest.mark.parametrize(("fair", "raid"), [(5, 1), (4, 1), (4, 5), (2, 5), (1, 5)])
@pytest.mark.parametrize("minutes", [1, 600])
def test_fifty_wallets_of_one_person_hardly_move_a_score(made: Model, fair: int, raid: int, minutes: int) -> None:
    store(made, honest(fair))
    reckon(made.listing.pk)
    before = score_of(made).score
    assert before is not None
    store(made, wallets(raid, minutes), first=1_000)
    reckon(made.listing.pk)
    after = score_of(made).score
    assert after is not None
    assert abs(after - before) <= before * 2 // 100
    if minutes == 1:
        assert score_of(made).left_out == {"burst": 50}
    else:
        assert after != before


def test_a_burst_is_left_out_and_told_to_moderators(made: Model) -> None:
    for number in range(10, 19):
        made.buy_and_review(number, 1)
    assert score_of(made).left_out == {}
    made.buy_and_review(19, 1)
    score = score_of(made)
    assert (score.count, score.left_out) == (0, {"burst": 10})
    case = Case.objects.get()
    assert (case.content, case.key, case.source) == ("burst", "maker/chat", Source.ANOMALY)
    assert case.facts == {"reviews": 10, "new": 10}
    # Who really uses the model is not one of a crowd; without them it is none.
    Use.objects.create(
        address=address(10), listing=made.listing, version="1.0.0", tokens=5_000, calls=9, first_at=NOW, last_at=NOW
    )
    judge_listing(made.listing.pk)
    assert score_of(made).left_out == {}
    assert Review.objects.counted().count() == 10


def test_a_model_that_always_has_many_reviews_has_no_burst(made: Model) -> None:
    usual = [brute.Plain(4, NOW - timedelta(minutes=20 * place), Standing.COUNTED) for place in range(100, 2_000)]
    crowd = [brute.Plain(1, NOW + timedelta(minutes=place), Standing.COUNTED) for place in range(12)]
    store(made, usual)
    store(made, crowd, first=10_000)
    assert reckon(made.listing.pk).burst == 0


def test_parts_have_means_of_their_own(made: Model) -> None:
    made.buy_and_review(2, 5, delivers=5, speed=2)
    made.buy_and_review(3, 3, delivers=2)
    assert score_of(made).parts == {
        "delivers": {"count": 2, "mean": 3_500},
        "speed": {"count": 1, "mean": 2_000},
        "worth": {"count": 0, "mean": None},
        "support": {"count": 0, "mean": None},
    }


def test_every_score_is_drawn_to_the_mean_of_all_models(made: Model) -> None:
    other = model("other/chat", seller=50)
    made.buy_and_review(2, 5)
    other.buy(2)
    other.review(2, 5)
    assert [score_of(each).score for each in (made, other)] == [3_875, 3_875]
    assert reckon_prior()
    prior = Prior.objects.get()
    # Two means of 5 and five of 3.5.
    assert (prior.value, prior.of) == (brute.half_up(2 * 5_000 + 5 * 3_500, 7), 2)
    assert {score_of(each).prior for each in (made, other)} == {prior.value}
    assert score_of(made).score == brute.half_up(5_000 + 3 * prior.value, 4)
    assert not reckon_prior()
    reckon(made.listing.pk)
    assert score_of(made).score == score_of(other).score


def test_the_formula_is_a_row_with_a_version(made: Model) -> None:
    first = Formula.objects.in_force(FORMULA)
    version, numbers = parameters()
    assert (version, numbers) == (1, Parameters(**first.parameters))
    changed = {**first.parameters, "prior_reviews": 0}
    Formula.objects.create(name=FORMULA, version=2, text="Without a prior.", parameters=changed)
    made.buy_and_review(2, 5)
    score = score_of(made)
    assert (score.version, score.score) == (2, 5_000)
    later = NOW.replace(year=2100)
    Formula.objects.create(name=FORMULA, version=3, text="Later.", parameters=changed, since=later)
    assert Formula.objects.in_force(FORMULA).version == 2
    assert str(Formula.objects.in_force(FORMULA, later)) == f"{FORMULA} 3"
    with pytest.raises(Formula.DoesNotExist):
        Formula.objects.in_force("none")


MANY = """
insert into marketplace_review
  (id, listing_id, chain_id, model_id, author, rating, text, version, number, cid, written_at, judged, standing,
   spent, used, is_first, stale, leans_on, votes, helpful)
select gen_random_uuid(), %s, %s, %s, '0x' || lpad(to_hex(n), 40, '0'), 1 + n %% 5, '', '1.0.0', 1, '',
       %s::timestamptz - make_interval(secs => n * 300), 'counted', 'counted',
       (n * 7919 %% 1000)::numeric * 1000000000000000, (n * 31 %% 3) * 15000, n %% 2 = 0, false, 0, 0, 0
  from generate_series(1, 100000) n
"""


def test_a_hundred_thousand_reviews_are_reckoned_by_one_statement_in_seconds(made: Model) -> None:
    with connection.cursor() as cursor:
        cursor.execute(MANY, [made.listing.pk, made.chain.pk, made.model_id, NOW])
        cursor.execute("analyze marketplace_review")
    begun = time.monotonic()
    with CaptureQueriesContext(connection) as asked:
        reckon(made.listing.pk)
    took = time.monotonic() - begun
    assert took < 15, took
    assert sum("marketplace_review" in each["sql"] for each in asked.captured_queries) == 1
    assert score_of(made).count == 100_000
