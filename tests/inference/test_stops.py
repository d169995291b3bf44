"""An answer ends before the first word that stops it, however it is cut into pieces."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inference.answers import Delta
from inference.stops import Stops

LETTERS = st.text("ab\n", max_size=9)


@given(st.lists(LETTERS, max_size=9), st.lists(st.text("ab\n", min_size=1, max_size=4), min_size=1, max_size=4))
def test_pieces_say_what_the_whole_text_would(pieces: list[str], words: list[str]) -> None:
    stops = Stops(words)
    shown = "".join([*(stops.read(piece) for piece in pieces), stops.rest()])
    whole = "".join(pieces)
    assert stops.found == any(word in whole for word in words)
    assert whole.startswith(shown)
    if stops.found:
        assert not any(word in shown for word in words)
    else:
        assert shown == whole


def test_what_is_kept_back_is_said_at_the_end_and_nothing_after_a_word_that_stops() -> None:
    stops = Stops(["END"])
    last = Delta("x EN", reason="length")
    assert stops.lets(Delta("some "))
    assert stops.lets(last)
    assert (last.text, last.reason) == ("x EN", "length")
    stops, cut, late = Stops(["END"]), Delta("a END b"), Delta("c", reason="length")
    assert stops.lets(cut)
    assert (cut.text, cut.reason) == ("a ", "stop")
    assert not stops.lets(late)
