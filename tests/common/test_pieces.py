"""Long texts are cut where a block ends, and nothing of them is lost."""

from __future__ import annotations

import random

import pytest

from common.pieces import MOST_DEFINED, PIECE, definitions_in, pieces_of

LONG = "word " * (PIECE // 5 + 1)
PARTS = [
    "```\n",
    "~~~\n",
    "```py\n",
    "\n",
    "\n\n",
    "- a\n",
    "    indented\n",
    "> b\n",
    "# c\n",
    LONG + "\n",
    "\u2028",
    "x",
]


def test_nothing_is_lost_and_cuts_fall_between_blocks() -> None:
    chance = random.Random(17)  # noqa: S311  a test's texts
    for _ in range(300):
        text = "".join(chance.choices(PARTS, k=40))
        pieces = list(pieces_of(text))
        assert "".join(pieces) == text
        for piece in pieces[:-1]:
            assert not piece.splitlines(keepends=True)[-1].strip()
            assert len(piece) >= PIECE


@pytest.mark.parametrize("mark", ["```", "~~~", "````"])
def test_a_block_of_code_stays_whole(mark: str) -> None:
    code = f"{mark}\n" + f"{LONG}\n\nb\n\n" * 3 + f"{mark}\n"
    assert list(pieces_of(f"{code}\nafter\n")) == [f"{code}\n", "after\n"]


def test_what_is_indented_goes_on_with_its_list() -> None:
    text = f"- {LONG}\n\n  more of it\n\n- next\n"
    assert list(pieces_of(text)) == [f"- {LONG}\n\n  more of it\n\n", "- next\n"]


def test_where_links_lead_is_found_outside_of_code() -> None:
    text = "[a]: https://a.example\n```\n[b]: https://b.example\n```\n  [c]: /c\ntext [d]: no\n"
    assert definitions_in(text) == "[a]: https://a.example\n\n[c]: /c"
    assert definitions_in("[a]: b\n" * 100_000).count("[a]") == MOST_DEFINED
