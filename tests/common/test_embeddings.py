"""Vectors of an engine, which may answer with anything."""

from __future__ import annotations

import json
from math import hypot, isfinite
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.embeddings import read_vectors


def data(*embeddings: Any) -> dict[str, Any]:
    return {"data": [{"index": index, "embedding": each} for index, each in enumerate(embeddings)]}


def read(answer: Any, count: int = 2) -> list[list[float]]:
    return read_vectors(answer if isinstance(answer, bytes) else json.dumps(answer).encode(), count).vectors


def test_vectors_are_of_length_one_and_in_order() -> None:
    assert read(data([3, 4.0], [0, -0.5])) == [[0.6, 0.8], [0, -1]]
    assert read({"data": list(reversed(data([1, 0], [0, 1])["data"]))}) == [[1, 0], [0, 1]]
    assert read_vectors(json.dumps({**data([1]), "usage": 7}).encode(), 1).usage == 7


ODD = {
    "nothing": b"",
    "no JSON": b"<html>",
    "no text": b"\xff\xfe\x00",
    "deep nesting": b"[" * 100_000,
    "a list": [],
    "no data": {},
    "data of another kind": {"data": {"0": [1]}},
    "one vector for two texts": data([1, 0]),
    "three vectors for two texts": data([1, 0], [0, 1], [1, 0]),
    "no index": {"data": [{"embedding": [1]}, {"embedding": [1]}]},
    "an index twice": {"data": [{"index": 0, "embedding": [1]}] * 2},
    "an index beyond": {"data": [{"index": 0, "embedding": [1]}, {"index": 2, "embedding": [1]}]},
    "an index of another kind": {"data": [{"index": [0], "embedding": [1]}, {"index": True, "embedding": [1]}]},
    "items of another kind": {"data": [1, 2]},
    "no embedding": {"data": [{"index": 0}, {"index": 1}]},
    "base64": data("AACAPw==", "AACAPw=="),
    "an object": data({"0": 1}, {"0": 1}),
    "nothing in it": data([], []),
    "texts in it": data(["1", "0"], [1, 0]),
    "null in it": data([None, 1], [1, 0]),
    "lists in it": data([[1]], [[1]]),
    "NaN": data([float("nan"), 1], [1, 0]),
    "infinity": data([float("inf"), 1], [1, 0]),
    "too large a number": data([10**400, 1], [1, 0]),
    "no direction": data([0, 0], [1, 0]),
    "different lengths": data([1, 0], [1]),
}


@pytest.mark.parametrize("answer", ODD.values(), ids=ODD)
def test_what_is_no_vectors_is_refused(answer: Any) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        read(answer)


numbers = st.one_of(st.floats(), st.integers(), st.none(), st.booleans(), st.text(max_size=2))


@given(st.lists(st.lists(numbers, max_size=3), min_size=1, max_size=3))
def test_whatever_is_taken_points_somewhere(vectors: list[list[Any]]) -> None:
    try:
        taken = read(data(*vectors), len(vectors))
    except ValueError:
        return
    assert all(isfinite(number) for vector in taken for number in vector)
    assert all(abs(hypot(*vector) - 1) < 2e-3 for vector in taken)
