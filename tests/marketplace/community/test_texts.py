"""Odd texts: what is kept of them, and what they look like in a notice."""

import pytest
from django.utils.translation import override

from marketplace.community.errors import TextMissingError
from marketplace.community.texts import MOST_GIST, cleaned, gist_of, rendered


@pytest.mark.parametrize("text", ["", "\u200b\u200d", "\u0301" * 50, "\u202e", "\U000e0041" * 9, "\x00\x1b"])
def test_what_nobody_can_see_is_nothing(text: str) -> None:
    with pytest.raises(TextMissingError):
        cleaned(text)


def test_no_line_turns_what_follows_around() -> None:
    text = cleaned("\u202eabc\ndef")
    assert text.split("\n")[0].endswith("\u202c")
    assert text.split("\n")[1] == "def"


def test_a_gist_is_a_line_without_marks() -> None:
    assert gist_of("**Bold** and\n\n> quoted") == "Bold and quoted"
    long = gist_of("word " * 200)
    assert len(long) <= MOST_GIST + 2
    assert long.endswith("word …")


def test_links_of_people_vouch_for_nothing() -> None:
    with override("en"):
        html = rendered("[a](https://example.org) @x", {"x": "/u/1"})
    assert html.count('rel="noopener noreferrer nofollow ugc"') == 2
