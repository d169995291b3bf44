"""Reads an engine's answer to OpenAI's embeddings request, and accepts nothing that is not a vector."""

from __future__ import annotations

import json
from math import hypot, isfinite
from typing import Any, NamedTuple

Vector = list[float]

SHORTEST = 1e-12  # a vector that is shorter points nowhere
ROUNDED = 1e-3  # by which the length of a normalised one may differ from 1


class Embedded(NamedTuple):
    """The vectors, in the order of the texts and of length 1, and what the engine says of its use."""

    vectors: list[Vector]
    usage: object


def read_vectors(content: bytes, count: int) -> Embedded:
    """Return the vectors of ``count`` texts, all of as many numbers. Raises ValueError where they are anything else."""
    try:
        answer = json.loads(content)
    except RecursionError as error:
        raise ValueError("The answer is nested too deeply.") from error
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, list) or len(data) != count or not all(isinstance(item, dict) for item in data):
        raise ValueError("The answer has not as many vectors as there were texts.")
    # By index, as the protocol promises no order; ``type`` because True is an int as well.
    found = {item.get("index"): item.get("embedding") for item in data if type(item.get("index")) is int}
    if found.keys() != set(range(count)):
        raise ValueError("The answer does not say which vector is whose.")
    vectors = [_unit(found[index]) for index in range(count)]
    if len({len(vector) for vector in vectors}) > 1:
        raise ValueError("The vectors are of different lengths.")
    return Embedded(vectors, answer.get("usage"))


def _unit(numbers: Any) -> Vector:
    """Return a vector of length 1. Raises ValueError for what is not a vector, or points nowhere."""
    if not isinstance(numbers, list):
        raise ValueError("A vector is no list of numbers.")
    try:
        length = hypot(*numbers)
    except (TypeError, OverflowError) as error:
        raise ValueError("A vector holds what is no number.") from error
    if not isfinite(length) or length < SHORTEST:
        raise ValueError("A vector points nowhere.")
    # Dividing once more would only change the last bits of what is normalised already.
    scale = 1.0 if abs(length - 1) <= ROUNDED else length
    return [number / scale for number in numbers]
