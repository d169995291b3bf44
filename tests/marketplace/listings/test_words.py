"""Words in the one form in which they are compared, on both sides of a search."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.listings.words import LONGEST, folded, pairs_of, parts_of, spans_of, words_of_text


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("ＢＥＲＴ", "bert"),
        ("ﬁne", "fine"),
        ("Bokma\u030al", "bokmål"),
        ("STRASSE Straße ẞ", "strasse strasse ss"),
        ("ber\u200bt b\u00adert ber\u200ct\ufe0f", "bert bert bert"),
        ("２０２４", "2024"),
        ("Ⅻ ²", "xii 2"),
        ("ΣΊΣΥΦΟΣ", "σίσυφοσ"),
    ],
)
def test_what_is_written_in_two_ways_is_compared_in_one(written: str, form: str) -> None:
    assert folded(written) == form


@given(st.text(max_size=60))
def test_the_form_is_its_own(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    assert parts_of(folded(text)) == parts_of(text)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("🤖", []),
        ("+++", []),
        ("\u200b\u0301", []),
        ("हिन्दी मॉडल", ["हिन्दी", "मॉडल"]),
        ("ภาษาไทย", ["ภาษาไทย"]),
        ("c# o'brien", ["c", "o", "brien"]),
        ("x" * 900, ["x" * LONGEST]),
    ],
)
def test_words_are_taken_out_whole(query: str, words: list[str]) -> None:
    assert [word for word, _, _ in spans_of(query)] == words


def test_runs_without_blanks_are_found_by_each_two_letters() -> None:
    assert words_of_text("機械翻訳 mt").split() == ["機械翻訳", "mt", "機械", "械翻", "翻訳"]
    assert pairs_of("機械翻訳") == ["機械", "翻訳"]
    assert pairs_of("日本語") == ["日本", "本語"]
    assert pairs_of("日本") == ["日本"]
    assert pairs_of("bert") == ["bert"]
