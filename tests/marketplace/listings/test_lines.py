"""What stands below a name in a row: at most 52 characters that end at a word."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.listings.lines import LONGEST, input_limit, line_of, shortened
from marketplace.listings.models import Listing


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("", ""),
        ("Short replies", "Short replies"),
        ("Sums up a paragraph. Check names and numbers yourself, because it may be wrong.", "Sums up a paragraph."),
        ("The same model by the month, for those who want to try it for a while.", "The same model by the month"),
        (
            "A model with the instruction to say a sentence in other words of your choosing",
            "A model with the instruction to say a sentence",
        ),
        (
            "v1.5 of a model that reads two versions, 1.0 and 1.5",
            "v1.5 of a model that reads two versions, 1.0 and 1.5",
        ),
        ("x" * 60, ""),
        ("日本語の文章を" * 10, ("日本語の文章を" * 10)[:LONGEST]),
        ("日本語の埋め込み。検索に使う。" * 5, "日本語の埋め込み。"),
        (
            "Eine Übersicht (mit vielen Einzelheiten, die niemand braucht, weil sie",
            "Eine Übersicht (mit vielen Einzelheiten",
        ),
    ],
)
def test_a_text_ends_at_a_sentence_a_clause_or_a_word(text: str, short: str) -> None:
    assert shortened(text) == short


@given(st.text(alphabet=st.sampled_from("ab cé,.日 "), max_size=120))
def test_it_is_the_beginning_of_the_text_and_cuts_no_word(text: str) -> None:
    text = " ".join(text.split())
    short = shortened(text)
    assert len(short) <= LONGEST
    assert text.startswith(short)
    rest = text[len(short) :]
    if rest and short and not short.endswith(("。", ".")) and " " in text[: LONGEST + 1]:
        assert not (short[-1].isalnum() and rest[0].isalnum())


def listing(**facts: Any) -> Listing:
    return Listing(name="acme/model", task="feature-extraction", **{"facts": {}, **facts})


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ({}, ""),
        ({"facts": {"summary": "  Says hello.\n"}}, "Says hello."),
        (
            {"embedding_dim": 1024, "max_tokens": 8192, "languages": ["jpn"]},
            "1,024 dimensions, Japanese",
        ),
        ({"embedding_dim": 1024, "languages": ["jpn", "eng"]}, "1,024 dimensions, 2 languages"),
        ({"facts": {"classes": 1000, "input_size": 224}}, "1,000 classes"),
        (
            {"max_tokens": 131072, "facts": {"capabilities": ["function-calling"]}},
            "Function calling",
        ),
        ({"facts": {"classes": "many", "capabilities": "all", "input_size": "big"}}, ""),
        ({"facts": {"classes": 1}}, "1 class"),
        ({"released": date(2022, 10, 3)}, "Released in Oct 2022"),
        ({"released": date(2022, 10, 3), "max_tokens": 512}, "Up to 512 tokens, Oct 2022"),
        ({"released": date(2022, 10, 3), "languages": ["jpn"]}, "Japanese, Oct 2022"),
    ],
)
def test_without_words_of_its_publisher_it_says_what_is_recorded(facts: dict[str, Any], line: str) -> None:
    assert line_of(listing(**facts)) == line


def test_facts_that_do_not_fit_are_left_out_whole() -> None:
    many = {"capabilities": ["parallel-function-calling", "response-schema", "system-messages", "prompt-caching"]}
    assert line_of(listing(facts=many)) == "Parallel function calling, structured output"
    assert line_of(listing(facts=many, released=date(2026, 9, 1))) == "Parallel function calling, Sep 2026"


def test_an_input_limit_is_tokens_or_pixels_and_stands_in_the_line_where_nothing_else_does() -> None:
    assert input_limit(listing(max_tokens=8192, facts={"input_size": 224})) == ("8,192", "tokens")
    assert input_limit(listing(facts={"input_size": 224})) == ("224", "pixels")
    assert input_limit(listing(facts={"input_size": "big"})) is None
    assert line_of(listing(max_tokens=131_072)) == "Up to 131,072 tokens"
