"""The text of a proposal, without what its page says elsewhere."""

from __future__ import annotations

import time

import pytest

from governance.onchain.models.proposals import OnchainProposal
from governance.proposals.text import MOST_GIST, body_of, gist_of


def test_the_heading_and_the_proposer_s_mark_are_left_out() -> None:
    assert body_of(f"# Title\n\nBecause.\n\n#proposer=0x{'aB' * 20}") == "Because."
    assert body_of("No heading.\n\nBecause.") == "No heading.\n\nBecause."
    assert body_of("") == ""


@pytest.mark.parametrize(
    ("text", "gist"),
    [
        ("# T\n\n**Half** a `point` is [much](https://example.org).\n\nMore.", "Half a point is much."),
        ("# T\n\n## Why\n\nBecause.", "Why"),
        ("", ""),
    ],
)
def test_the_gist_is_the_first_paragraph_in_plain_words(text: str, gist: str) -> None:
    assert gist_of(text) == gist


def test_a_long_gist_ends_at_a_word() -> None:
    gist = gist_of("word " * 200)
    assert len(gist) <= MOST_GIST + 2
    assert gist.endswith("word …")


@pytest.mark.parametrize("text", ["[" * 100_000, "#\n" * 50_000, "\u200b\n" * 50_000, "![" * 50_000, "*_`" * 30_000])
def test_a_long_and_hostile_text_is_not_read_to_its_end(text: str) -> None:
    made = OnchainProposal(number=7, description=f"# A title\n\n{text}")
    begun = time.process_time()
    assert made.title == "A title"
    assert OnchainProposal(number=7, description=text).title
    assert len(gist_of(made.description)) <= MOST_GIST + 2
    assert time.process_time() - begun < 10, "it took minutes when all of it was read"
