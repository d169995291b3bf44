"""Words in the one form in which they are compared, on both sides of a search."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.listings.words import LONGEST, folded, terms_of, words_in


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
    assert terms_of(folded(text)) == terms_of(text)


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
    assert words_in(query) == words
