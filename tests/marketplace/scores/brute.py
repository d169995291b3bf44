"""The site's score and every review's standing once more, from plain facts and without SQL, for tests to compare."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

PRIOR = 3_500


@dataclass
class Plain:
    """A review and what is known of its author, as a test has it."""

    rating: int
    written_at: datetime
    standing: str  # by itself: "counted", or why not
    spent: int = 0
    used: int = 0
    is_first: bool = True


@dataclass
class Sum:
    score: int | None = None
    mean: int | None = None
    stars: list[int] = field(default_factory=lambda: [0] * 5)
    left_out: dict[str, int] = field(default_factory=dict)


def reckon(reviews: list[Plain], prior: int = PRIOR) -> Sum:
    found = Sum()
    burst = bursts([each for each in reviews if each.standing == "counted"])
    counted = []
    for each in reviews:
        standing = "burst" if each in burst else each.standing
        if standing == "counted":
            counted.append(each)
            found.stars[each.rating - 1] += 1
        elif standing != "withdrawn":
            found.left_out[standing] = found.left_out.get(standing, 0) + 1
    if not counted:
        return found
    reference = reference_of([each.spent for each in counted])
    weights = [weight(each, reference) for each in counted]
    whole = sum(weights)
    weighted = sum(one * each.rating for one, each in zip(weights, counted, strict=True))
    prior_weight = 3 * sum(one * one for one in weights) // whole
    found.mean = half_up(1_000 * weighted, whole)
    found.score = half_up(1_000 * weighted + prior_weight * prior, whole + prior_weight)
    return found


def half_up(part: int, whole: int) -> int:
    return (2 * part + whole) // (2 * whole)


def reference_of(spent: list[int]) -> int:
    """Return the least spending of those who, with all who spent less, have brought half of it all."""
    if not sum(spent):
        return 0
    running = 0
    for each in sorted(set(spent)):
        running += each * spent.count(each)
        if 2 * running >= sum(spent):
            return each
    raise AssertionError


def weight(each: Plain, reference: int) -> int:
    use = 1 + 99 * min(each.used, 20_000) // 20_000
    return use * (100 + (400 * min(each.spent, reference) // reference if reference else 0))


def bursts(counted: list[Plain]) -> list[Plain]:
    hour, month = timedelta(hours=1), timedelta(days=30)
    light = [each for each in counted if each.is_first and each.used < 1_000]
    found: list[Plain] = []
    for start in light:
        ahead = [each for each in light if start.written_at <= each.written_at <= start.written_at + hour]
        before = [each for each in counted if start.written_at - month <= each.written_at <= start.written_at - hour]
        if len(ahead) >= 10 and len(ahead) > 5 * len(before) / 720:
            found += [each for each in ahead if each not in found]
    return found
