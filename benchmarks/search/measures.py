"""nDCG@10, MRR@10, hits@10, and intervals by bootstrap over the queries."""

from __future__ import annotations

import random
from collections.abc import Sequence
from math import log2

DEPTH = 10
SAMPLES = 1000


def ndcg(found: Sequence[str], grades: dict[str, int]) -> float:
    """Return the normalised discounted gain of the first ten; a grade of g gains 2^g - 1."""
    gains = [2 ** grades.get(name, 0) - 1 for name in found[:DEPTH]]
    ideal = sorted((2**grade - 1 for grade in grades.values()), reverse=True)[:DEPTH]
    return _discounted(gains) / _discounted(ideal)


def _discounted(gains: Sequence[float]) -> float:
    return sum(gain / log2(place + 2) for place, gain in enumerate(gains))


def mrr(found: Sequence[str], grades: dict[str, int]) -> float:
    """Return one over the place of the first answer of the best grade, 0 beyond ten."""
    best = max(grades.values())
    return next((1 / place for place, name in enumerate(found[:DEPTH], 1) if grades.get(name) == best), 0.0)


def hit(found: Sequence[str], grades: dict[str, int]) -> float:
    """Return 1 where an answer of the best grade is among the first ten."""
    return float(mrr(found, grades) > 0)


def mean(values: Sequence[float]) -> float:
    """Return the mean."""
    return sum(values) / len(values)


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the middle 95 % of the means of samples of the queries, drawn with replacement."""
    chance = random.Random(6)  # noqa: S311  the same samples each time
    means = sorted(mean(chance.choices(values, k=len(values))) for _ in range(SAMPLES))
    return means[SAMPLES // 40], means[-SAMPLES // 40]
