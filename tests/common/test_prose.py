"""What a model writes cannot do anything to the page."""

import time

import pytest

from common.pieces import PIECE
from common.prose import MOST_MARKED, MOST_SECONDS, mentions_in, plain_text, render_answer, render_written

# How much longer than ordinary markdown of the same length: measured 10 and 93; without bounds it is thousands.
HEAVIER, TABLES_HEAVIER = 60, 600
ORDINARY = ("A *word* and a [link](https://example.org/), `code`.\n\n" * 1_000)[:MOST_MARKED]


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[a](javascript:alert(1))",
        "![a](https://example.org/pixel.png)",
        "<svg><style><img src=x onerror=alert(1)></style></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        '<button hx-get="/">x</button>',
        "[a](data:text/html;base64,PHNjcmlwdD4=)",
    ],
)
def test_nothing_that_acts_survives(text: str) -> None:
    html = render_answer(text)
    for bad in ("<script", "<img", "<svg", "<math", "<style", "<button", 'href="javascript', 'href="data'):
        assert bad not in html


def test_markdown_is_rendered_below_the_page_s_own_headings() -> None:
    html = render_answer("# Title\n\n1. one\n2. **two** [link](https://example.org)")
    assert "<h3>Title</h3>" in html
    assert "<strong>two</strong>" in html
    assert 'rel="noopener noreferrer nofollow"' in html


HEAVY = {"![": "![", "[": "[", "[a](": "[a](", "[a][": "[a][", "* and _": "*a_", "cells": "|", "entities": "&#x;"}


def cpu_seconds(text: str) -> float:
    """What rendering costs this thread."""
    started = time.thread_time()
    assert render_answer(text)
    return time.thread_time() - started


@pytest.fixture(scope="module")
def ordinary() -> float:
    """The CPU seconds of ordinary markdown, rendered for the second time."""
    return [cpu_seconds(ORDINARY) for _ in range(2)][1]


@pytest.mark.parametrize("piece", HEAVY.values(), ids=HEAVY)
def test_no_answer_takes_long_to_render(piece: str, ordinary: float) -> None:
    """The worst of 32,768 characters took 1.9 s as markdown."""
    for size in (MOST_MARKED, 32_768, 1_000_000):
        assert cpu_seconds((piece * size)[:size]) < HEAVIER * ordinary


def test_a_table_of_many_columns_takes_no_longer(ordinary: float) -> None:
    table = "|a" * 60 + "\n" + "|-" * 60 + "\n" + "|\n" * 3_800
    assert cpu_seconds(table) < TABLES_HEAVIER * ordinary


SECTION = (
    "## Use\n\nA *word*, [a link][site] and [another][none].\n\n- one\n- two\n\n```py\n# no title\n\nx = 1\n```\n\n"
)
CARD = SECTION * 3_000 + "[site]: https://example.org/model\n"  # 256 KiB and more


def test_a_long_card_is_rendered_whole(ordinary: float) -> None:
    started = time.thread_time()
    html = render_written(CARD)
    spent = time.thread_time() - started
    assert html.count("<h3>Use</h3>") == html.count("<em>word</em>") == html.count("# no title\n\nx = 1") == 3_000
    assert html.count('<a href="https://example.org/model" rel="noopener noreferrer nofollow ugc">a link</a>') == 3_000
    assert "```" not in html
    assert spent < 2 * len(CARD) / len(ORDINARY) * ordinary + 0.2  # as long as many short ones


@pytest.mark.parametrize("piece", HEAVY.values(), ids=HEAVY)
def test_a_long_card_that_is_made_to_take_long_does_not(piece: str) -> None:
    for length in (PIECE, MOST_MARKED - 10):
        text = ((piece * length)[:length] + "\n\n") * (256 * 1024 // length)
        assert cpu_seconds(text) < MOST_SECONDS + 1.5  # the last piece may have begun before the second is over


def test_nothing_that_acts_survives_in_a_long_card() -> None:
    html = render_written(
        CARD[:20_000] + "\n\n<script>alert(1)</script>\n\n[a](javascript:alert(1))\n\n" + CARD[:20_000]
    )
    assert "<script" not in html
    assert 'href="javascript' not in html


def test_what_is_too_long_for_markdown_stays_text() -> None:
    html = render_answer("<b>*" + "a" * MOST_MARKED)
    assert html.startswith("<pre>&lt;b&gt;*aaa")


ADDRESS = "0x" + "ab" * 20


def test_whoever_is_mentioned_is_found_but_not_in_code_links_words_or_mail() -> None:
    text = f"@{ADDRESS} and @Pocket-Lab. `@code` [@link](https://example.org) a@mail.org @pocket-lab\n\n    @block\n"
    assert mentions_in(text) == [ADDRESS, "pocket-lab"]
    assert mentions_in("@" * 50 + "x") == []
    assert mentions_in("a/@b ./@c -@d") == []


def test_known_names_become_links_and_others_stay_text() -> None:
    html = render_written(f"Hi @Pocket-Lab, @{ADDRESS} and @nobody **@pocket-lab**", {"pocket-lab": "/u/1"})
    assert html.count('<a href="/u/1" rel="noopener noreferrer nofollow ugc">@') == 2
    assert f"@{ADDRESS} and @nobody" in html


def test_a_mention_cannot_break_out_of_its_link() -> None:
    html = render_written("@a<script>", {"a": '/u/"><script>alert(1)</script>'})
    assert "<script" not in html


def test_markdown_as_plain_text_has_no_marks() -> None:
    text = "# Title\n\nA **bold** [link](https://example.org)\nand `code`\n\n- one\n- two\n\n```\nx = 1\n```"
    assert plain_text(text) == "Title A bold link and code one two x = 1"
    assert plain_text("a\n" * MOST_MARKED).startswith("a a")
