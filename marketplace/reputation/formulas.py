"""The formulas of reputation in whole numbers: what was counted becomes points. The words are rows (``Formula``).

Only the standard library, and nothing of the site: ``recompute.py`` runs it alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

MILLION = 1_000_000
STARS = 4  # steps from the worst rating to the best


class Part(NamedTuple):
    """One part of a score: its ``points`` in millionths, its weight, and whether enough is known for it to count."""

    name: str
    points: int
    weight: int
    known: bool


def weight_of(fees: int, full: int) -> int:
    """Return what somebody weighs by the fees they have paid: the square of their part of ``full``, in millionths."""
    least = min(fees, full)
    return MILLION * least * least // (full * full)


def seller_parts(facts: Mapping[str, int], given: Mapping[str, int]) -> list[Part]:
    """Return the parts of a seller's score, all in the order of the formula's text."""
    sales, asked = facts["weight"], facts["asked"]
    reviewed = facts["reviews_weight"] + given["reviews_prior"] * MILLION
    middling = given["reviews_prior"] * MILLION * STARS // 2
    points = {
        "age": _up_to(facts["age_days"], given["age_days"]),
        "sales": sales * MILLION // (sales + given["sales_half"] * MILLION),
        "refunds": _below(_share(facts["returned_weight"], sales), given["refunds_free"], given["refunds_worst"]),
        "disputes": _below(_share(facts["upheld_weight"], sales), 0, given["disputes_worst"]),
        "uptime": _above(facts["answered"], asked, given["uptime_floor"]),
        "reviews": (facts["reviews_sum"] + middling) * MILLION // (reviewed * STARS),
    }
    known = {"uptime": asked >= given["uptime_least"], "reviews": facts["reviews"] >= given["reviews_least"]}
    return _parts(points, known, given)


def reviewer_parts(facts: Mapping[str, int], given: Mapping[str, int]) -> list[Part]:
    """Return the parts of a reviewer's score, all in the order of the formula's text."""
    models, helpful = facts["weight"], facts["helpful"]
    points = {
        "age": _up_to(facts["age_days"], given["age_days"]),
        "models": models * MILLION // (models + given["models_half"] * MILLION),
        "helpful": helpful * MILLION // (helpful + given["helpful_half"]),
        "removed": _below(_of(facts["removed"], facts["written"]), 0, given["removed_worst"]),
        "answers": _of(facts["answers"], facts["reviews"]),
    }
    return _parts(points, {}, given)


def score_of(n: int, parts: list[Part], given: Mapping[str, int]) -> int | None:
    """Return the score in tenths of a point; None where ``n`` is below the least number."""
    counted = [part for part in parts if part.known]
    weight = sum(part.weight for part in counted)
    if n < given["least"] or not weight:
        return None
    return sum(part.points * part.weight for part in counted) // weight // 1_000


def _parts(points: Mapping[str, int], known: Mapping[str, bool], given: Mapping[str, int]) -> list[Part]:
    return [Part(name, value, given[f"{name}_weight"], known.get(name, True)) for name, value in points.items()]


def _of(part: int, whole: int) -> int:
    return MILLION * part // whole if whole else 0


def _share(part: int, rest: int) -> int:
    return _of(part, part + rest)


def _up_to(number: int, most: int) -> int:
    return MILLION * min(number, most) // most


def _below(share: int, free: int, worst: int) -> int:
    """Return all up to a share of ``free`` per cent, nothing from ``worst`` on, and what lies between in between."""
    over = max(0, share - free * 10_000)
    return max(0, MILLION - over * 100 // (worst - free))


def _above(part: int, whole: int, floor: int) -> int:
    """Return nothing up to a share of ``floor`` per cent, and all where the part is the whole."""
    return max(0, _of(part, whole) - floor * 10_000) * 100 // (100 - floor)
