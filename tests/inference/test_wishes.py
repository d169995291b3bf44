"""What is set for a conversation: read within bounds, and asked as the engine follows it."""

from typing import Any

import pytest

from inference.errors import WishError
from inference.models import Kind, Upstream
from inference.wishes import ALWAYS, MOST_ANSWER, SELLERS, Wishes, followed_by, read_wishes

ALL = ALWAYS | SELLERS


def test_only_a_sellers_server_follows_how_words_are_chosen() -> None:
    ours, theirs = Upstream(kind=Kind.ENGINE), Upstream(kind=Kind.URL)
    assert followed_by([ours]) == ALWAYS
    assert followed_by([ours, theirs]) == ALL


def test_nothing_set_is_as_the_model_does_it() -> None:
    assert read_wishes(None, ALWAYS) == read_wishes({"system": None}, ALWAYS) == Wishes(max_tokens=MOST_ANSWER)


def test_what_is_set_is_asked() -> None:
    said = {"system": " Be short\u200b ", "max_tokens": 9, "stop": ["\n"], "temperature": 1, "top_p": 0.5, "seed": 7}
    wishes = read_wishes(said, ALL)
    question = {"role": "user", "content": "Hi"}
    asked = wishes.asked([question], "You are told.")
    told, own = ({"role": "system", "content": text} for text in ("You are told.", "Be short"))
    assert asked.messages == [told, own, question]
    assert (asked.stop, asked.options, asked.hints) == (("\n",), {"seed": 7}, {"temperature": 1.0, "top_p": 0.5})
    assert wishes.max_tokens == 9
    assert Wishes().asked([question]).messages == [question]


@pytest.mark.parametrize(
    "said",
    [
        [],
        "temperature",
        {"tools": []},
        {"system": 1},
        {"system": "x" * 4_001},
        {"max_tokens": 0},
        {"max_tokens": 513},
        {"max_tokens": True},
        {"max_tokens": 1.5},
        {"stop": "x"},
        {"stop": [""]},
        {"stop": ["x"] * 5},
        {"stop": ["x" * 201]},
        {"seed": -1},
        {"seed": 2**53},
        {"temperature": 2.1},
        {"temperature": float("nan")},
        {"top_p": "1"},
        {"top_p": True},
    ],
)
def test_what_cannot_be_is_refused(said: Any) -> None:
    with pytest.raises(WishError):
        read_wishes(said, ALL)


@pytest.mark.parametrize("name", sorted(SELLERS))
def test_what_our_engines_do_not_follow_is_refused_by_name(name: str) -> None:
    with pytest.raises(WishError, match=name):
        read_wishes({name: 1}, ALWAYS)
