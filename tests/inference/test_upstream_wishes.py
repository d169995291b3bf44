"""What callers may want of upstreams, and what is refused with a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from inference.upstream_wishes import ANY, MOST_NAMES, UnfitWishError, Wish, read_wish


def test_what_is_left_out_or_null_wants_nothing() -> None:
    assert read_wish(None) == read_wish({}) == read_wish({"order": None, "sort": None}) == ANY
    assert read_wish({"data_collection": "allow", "allow_fallbacks": True, "zdr": False, "only": []}) == ANY


def test_the_words_of_the_field_are_read() -> None:
    said = {"order": ["b", "a", "b"], "only": ["a", "b"], "ignore": ["c"], "sort": "price", "data_collection": "deny"}
    assert read_wish({**said, "allow_fallbacks": False}) == Wish(("b", "a"), ("a", "b"), ("c",), "price", True, False)
    assert read_wish({"zdr": True}).forgets


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ([], ""),
        ("smollm2", ""),
        ({"order": "smollm2"}, "order"),
        ({"only": [1]}, "only"),
        ({"only": [""]}, "only"),
        ({"ignore": ["x"] * (MOST_NAMES + 1)}, "ignore"),
        ({"ignore": ["x" * 33]}, "ignore"),
        ({"sort": "luck"}, "sort"),
        ({"sort": ""}, "sort"),
        ({"sort": {"by": "price"}}, "sort"),
        ({"data_collection": True}, "data_collection"),
        ({"allow_fallbacks": "no"}, "allow_fallbacks"),
        ({"zdr": 1}, "zdr"),
        ({"quantizations": ["int4"]}, "quantizations"),
    ],
)
def test_what_cannot_be_followed_is_refused_by_its_name(said: Any, part: str) -> None:
    with pytest.raises(UnfitWishError) as refused:
        read_wish(said)
    assert refused.value.part == part
    assert str(refused.value).endswith(".")


def test_names_and_places_allow_and_forbid() -> None:
    def may(name: str, wish: Wish, place: str = "seller", *, forgets: bool = True) -> bool:
        return wish.allows(name, place, forgets=forgets)

    assert may("a", ANY, forgets=False)
    assert not may("a", Wish(forgets=True), forgets=False)
    assert may("a", Wish(only=("a",)))
    assert may("a", Wish(only=("seller",)))
    assert not may("a", Wish(only=("marketplace",)))
    assert not may("a", Wish(ignore=("seller",)))
    assert not may("a", Wish(only=("a",), ignore=("a",)))
    assert may("a", Wish(order=("b",)))
    assert not may("a", Wish(order=("b",), falls_back=False))


def test_who_wants_no_fallback_gets_none_but_what_was_named() -> None:
    assert ANY.hands_over
    assert not Wish(falls_back=False).hands_over
    assert not Wish(order=("a",), falls_back=False).hands_over
    assert Wish(order=("a", "b"), falls_back=False).hands_over
