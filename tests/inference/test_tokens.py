"""Counting what no engine has counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.text import shows
from inference.tokens import TokenCount


def counted(*pieces: str) -> int:
    count = TokenCount()
    for piece in pieces:
        count.add(piece)
    return count.total


@pytest.mark.parametrize(
    ("pieces", "tokens"),
    [
        ([], 0),
        (["Hello", ",", " world", "!"], 4),
        (["The whole answer at once."], 5),
        (["An answer", " in two pieces."], 5),
        (["half", "word and half", "word"], 3),
        (["\n\n", " "], 1),
        (["It", " is", " un", "believ", "able", "!"], 6),
        (["def", " f", "(x", "):", "\n   ", " return", " ", "2", "0", "2", "6"], 10),
        (["при", "вет", ",", " мир"], 4),
        (["你", "好", "世", "界"], 4),
        (["ก", "ิ", "น"], 3),
        # What a seller could send to be paid more.
        (list("unbelievable"), 4),
        (list("Hello, world"), 5),
        (list("привет"), 3),
        (["one", " ", "two", " ", "three"], 3),
        (["a", *[" "] * 50, *["\n"] * 50], 1),
        (["a", *["\u200b"] * 50, *["\u2800", "\ufe0f", "\x01", "\U000e0061", "\u3164"]], 1),
        (["a", " \u200b" * 50], 2),
        (["\u200b", "\u200b"], 1),
        (["one\rtwo", "\u2028three"], 3),
        (["数据" * 10], 1),
        (["x" * 129], 3),
    ],
)
def test_a_piece_is_a_token_and_so_is_a_word(pieces: list[str], tokens: int) -> None:
    assert counted(*pieces) == tokens


@given(st.lists(st.text(" \nab数\u200b\u2028", min_size=1)), st.integers(0, 12))
def test_what_is_within_is_the_beginning_and_no_more(pieces: list[str], most: int) -> None:
    count, sent = TokenCount(), ""
    for piece in pieces:
        if not (kept := count.within(piece, most)):
            break
        assert piece.startswith(kept)
        sent += kept
        count.add(kept)
        if kept != piece:
            break
    assert count.total <= most
    assert "".join(pieces).startswith(sent)
    if max(len(pieces), counted(*pieces)) <= most and all(map(shows, "".join(pieces))):
        assert sent == "".join(pieces)
