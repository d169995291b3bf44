"""The formulas of reputation, by numbers that were worked out on paper."""

from __future__ import annotations

import pytest

from marketplace.ground.formulas import Formula
from marketplace.reputation.formulas import MILLION, reviewer_parts, score_of, seller_parts, weight_of
from marketplace.reputation.models import FORMULAS, Role
from marketplace.reputation.recompute import REVIEWER_FACTS, SELLER_FACTS

pytestmark = pytest.mark.django_db


def given(role: Role) -> dict[str, int]:
    parameters: dict[str, int] = Formula.objects.in_force(FORMULAS[role]).parameters
    return parameters


def test_fees_weigh_by_their_square_up_to_the_full_one() -> None:
    full = 10**15
    assert [weight_of(fees, full) for fees in (0, 10**14, full // 2, full, 10**30)] == [
        0, 10_000, 250_000, MILLION, MILLION,
    ]  # fmt: skip


def test_a_seller() -> None:
    facts = dict.fromkeys(SELLER_FACTS, 0)
    facts |= {"age_days": 90, "weight": 10 * MILLION, "returned_weight": 2_500_000, "upheld_weight": 526_315}
    facts |= {"asked": 200, "answered": 199, "reviews": 3, "reviews_weight": 3 * MILLION, "reviews_sum": 12 * MILLION}
    parts = seller_parts(facts, given(Role.SELLER))
    assert [(part.name, part.points) for part in parts] == [
        ("age", 500_000),  # 90 of 180 days
        ("sales", 500_000),  # 10 / (10 + 10)
        ("refunds", 750_000),  # a fifth, which is 10 over what is free, of 40
        ("disputes", 500_010),  # 5 of 10 per cent
        ("uptime", 950_000),  # 99.5 per cent, from 90 on
        ("reviews", 750_000),  # three times 5 stars and three middling ones
    ]
    # (5 + 15 + 15 + 7.5 + 9.5 + 11.25) points
    assert score_of(3, parts, given(Role.SELLER)) == 632
    assert score_of(2, parts, given(Role.SELLER)) is None


def test_what_is_not_known_of_a_seller_is_left_out() -> None:
    facts = dict.fromkeys(SELLER_FACTS, 0) | {"age_days": 900, "weight": 10 * MILLION, "asked": 19, "answered": 1}
    parts = seller_parts(facts, given(Role.SELLER))
    assert [part.name for part in parts if not part.known] == ["uptime", "reviews"]
    # (10 + 15 + 20 + 15) of 75
    assert score_of(3, parts, given(Role.SELLER)) == 800


def test_a_reviewer() -> None:
    facts = dict.fromkeys(REVIEWER_FACTS, 0)
    facts |= {"age_days": 18, "weight": 5 * MILLION, "helpful": 10, "written": 10, "removed": 1, "reviews": 9}
    facts |= {"answers": 3}
    parts = reviewer_parts(facts, given(Role.REVIEWER))
    assert [(part.name, part.points, part.weight) for part in parts] == [
        ("age", 100_000, 15),
        ("models", 500_000, 45),
        ("helpful", 500_000, 25),
        ("removed", 800_000, 15),  # a tenth of at most a half
        ("answers", 333_333, 0),
    ]
    # (1.5 + 22.5 + 12.5 + 12) points
    assert score_of(9, parts, given(Role.REVIEWER)) == 485
    assert score_of(1, parts, given(Role.REVIEWER)) is None


def test_the_worst_is_nothing_and_the_best_is_all() -> None:
    bad = dict.fromkeys(SELLER_FACTS, 0) | {"returned_weight": MILLION, "upheld_weight": MILLION, "asked": 20}
    assert score_of(3, seller_parts(bad, given(Role.SELLER)), given(Role.SELLER)) == 0
    good = dict.fromkeys(SELLER_FACTS, 0) | {"age_days": 180, "weight": 10**6 * MILLION, "asked": 20, "answered": 20}
    good |= {"reviews": 10**6, "reviews_weight": 10**6 * MILLION, "reviews_sum": 4 * 10**6 * MILLION}
    assert score_of(3, seller_parts(good, given(Role.SELLER)), given(Role.SELLER)) == 999
