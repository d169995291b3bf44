"""Names that look alike."""

from __future__ import annotations

import pytest

from common.skeletons import is_a_slip_away, skeleton


@pytest.mark.parametrize(
    ("name", "like"), [("Mistral", "rnistral"), ("paypal", "p\u0430ypal"), ("Qwen", "q-w.e_n"), ("llama", "11ama")]
)
def test_names_are_alike_where_eyes_miss_the_difference(name: str, like: str) -> None:
    assert skeleton(name) == skeleton(like)


@pytest.mark.parametrize(
    ("one", "other", "is_near"),
    [
        ("google", "gogle", True),
        ("google", "gooogle", True),
        ("google", "googel", True),
        ("google", "goodle", True),
        ("google", "google", False),
        ("google", "goggles", False),
        ("abcd", "badc", False),
        ("a", "", True),
    ],
)
def test_a_slip_is_one_letter(one: str, other: str, is_near: bool) -> None:
    assert is_a_slip_away(one, other) == is_near == is_a_slip_away(other, one)
