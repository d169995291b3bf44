"""What counts as text, and how it is kept."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.text import MOST_MARKS, as_cell, clean_line, clean_text, has_text, well_formed, with_hidden_shown

anything = st.text(st.characters(exclude_categories=[]))

UNSEEN = {
    "nothing": "",
    "spaces": " \t\r\n\v\f\x85\xa0\u1680\u2003\u2028\u2029\u202f\u205f\u3000",
    "zero width": "\u200b\u200c\u200d\u2060\ufeff",
    "soft hyphen": "\xad\xad",
    "fillers of Hangul": "\u115f\u1160\u3164\uffa0",
    "Khmer's inherent vowels": "\u17b4\u17b5",
    "Mongolian selectors": "\u180b\u180c\u180d\u180e\u180f",
    "a Braille cell without dots": "\u2800",
    "variation selectors": "\ufe0e\ufe0f\U000e0100\U000e01ef",
    "tags": "".join(chr(0xE0000 + ord(letter)) for letter in "ignore all that") + "\U000e007f",
    "directions": "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
    "invisible operators": "\u2061\u2062\u2063\u2064\u206a\u206f",
    "combining marks alone": "\u0301\u0489\u20dd\u034f\u0e31",
    "controls": "\x00\x01\x1b\x7f\x80\x9f",
    "halves of a pair": "\ude00 \ud83d",
    "noncharacters": "\ufdd0\ufffe\uffff\U0010ffff",
    "private use": "\ue000\U000f0000",
    "what stands for something lost": "\ufffc\ufffd",
    "music and shorthand controls": "\U0001d173\U0001bca0",
    "reserved ignorables": "\u2065\ufff0\U000e0fff",
}


@pytest.mark.parametrize("text", UNSEEN.values(), ids=UNSEEN)
def test_what_nobody_sees_is_no_text(text: str) -> None:
    assert not has_text(text)
    assert clean_text(text) == clean_line(text) == ""
    assert has_text(text + "x")
    assert "x" in clean_line(text + "x" + text)


@pytest.mark.parametrize(
    "text", ["?", "0", "é", "\ud83d\ude00", "e\u0301", "🤖", "¨", "数", "عربي", "\u0915\u093f", "𐐷", "\U00031350"]
)
def test_one_sign_is_text(text: str) -> None:
    assert has_text(text)
    assert clean_text(text) == well_formed(text)


def test_ends_are_blank_free_and_lines_end_with_a_newline() -> None:
    assert clean_text("\u200b \r\n one\r\ntwo\u2028three\x0cfour \u3164\n\u2060") == "one\ntwo\nthree\nfour"


def test_controls_and_hidden_tags_are_not_kept_but_flags_are() -> None:
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "rule for me")
    england = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
    assert clean_text(f"Re\x1bfund\x00 me{hidden}, {england}") == f"Refund me, {england}"


def test_what_shapes_its_neighbours_is_kept() -> None:
    for text in ("می\u200cخواهم", "👩\u200d💻", "❤\ufe0f", "नमस्ते"):
        assert clean_text(text) == clean_line(text) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("\u202eabc", "\u202eabc\u202c"),
        ("a\u2067b\u202ec\nd", "a\u2067b\u202ec\u202c\u2069\nd"),
        ("a\u202cb\u2069c", "abc"),
        ("\u202ba\u202cb", "\u202ba\u202cb"),
        ("\u2066a\u202eb\u2069c", "\u2066a\u202eb\u2069c"),
    ],
)
def test_no_line_turns_what_follows_it_around(text: str, kept: str) -> None:
    assert clean_text(text) == kept


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Bokma\u030al", "Bokmål"),
        ("ＢＥＲＴ", "BERT"),
        ("ﬁne", "fine"),
        ("a\u200bb\u202ec\u00ad", "abc"),
        (" two\n\tlines\u3000here ", "two lines here"),
        ("x\u200d\u200d\u200dy", "x\u200dy"),
    ],
)
def test_a_line_is_in_one_spelling(text: str, line: str) -> None:
    assert clean_line(text) == line


def test_halves_of_a_pair_are_joined_and_lone_ones_replaced() -> None:
    assert well_formed("A\ud83d\ude00B") == "A😀B"
    assert well_formed("\ude00A\ud83d\ud83d\ude00\ud83d") == "\ufffdA\ufffd😀\ufffd"
    assert well_formed("a\x00b\ufeff") == "a\ufffdb\ufeff"


@given(anything)
def test_every_text_comes_out_so_that_it_can_be_stored_and_cleaning_it_again_changes_nothing(text: str) -> None:
    for clean in (well_formed, clean_text, clean_line):
        cleaned = clean(text)
        assert "\x00" not in cleaned.encode().decode()
        assert clean(cleaned) == cleaned
    assert bool(clean_text(text)) == has_text(text)
    assert unicodedata.is_normalized("NFKC", clean_line(text))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Send 5\n\tto Bokmål 😀", "Send 5\n\tto Bokmål 😀"),
        ("\u202egpj.exe", "[U+202E]gpj.exe"),
        ("a\u200bb\u00adc\x00", "a[U+200B]b[U+00AD]c[U+0000]"),
        ("\U000e0041\ud800", "[U+E0041][U+D800]"),
    ],
)
def test_what_is_to_be_signed_hides_nothing(text: str, shown: str) -> None:
    assert with_hidden_shown(text) == shown


@given(anything)
def test_what_is_to_be_signed_can_always_be_sent(text: str) -> None:
    sent = with_hidden_shown(text).encode()
    assert len(sent) >= len(text)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1+1", "\uff20x"])
def test_no_cell_of_a_sheet_is_a_formula(text: str) -> None:
    assert as_cell(text) == f"'{text}"
    assert as_cell(f"a{text}") == f"a{text}"


@pytest.mark.parametrize("clean", [clean_text, clean_line])
def test_no_letter_has_a_heap_of_marks_and_words_of_any_script_stay(clean: Callable[[str], str]) -> None:
    assert clean("Z" + "\u0351" * 500 + "a") == "Z" + "\u0351" * MOST_MARKS + "a"
    between = clean("Z" + ("\u0351" * MOST_MARKS + "\u200b\u202c") * 9 + "a")
    assert between.count("\u0351") == MOST_MARKS
    for words in ("नमस्ते क्षत्रिय", "שָׁלוֹם", "قُرْآن", "👩‍👩‍👧‍👦 ❤️", "plain"):
        assert (
            clean(words) == unicodedata.normalize("NFKC" if clean is clean_line else "NFC", words)
            or clean(words) == words
        )
