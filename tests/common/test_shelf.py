"""The store of the caches stays within its bounds, and counts what it holds."""

import sys
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from common.shelf import ENTRY_BYTES, Shelf, weight


def test_the_one_unused_for_longest_goes_first() -> None:
    shelf = Shelf[int](10**6, most_entries=2)
    for key in "ab":
        shelf.put(key, 1, 0)
    shelf.get("a")
    shelf.put("c", 1, 0)
    assert [shelf.get(key) for key in "abc"] == [1, None, 1]


def test_a_value_takes_the_place_of_the_one_before() -> None:
    shelf = Shelf[str](10**6)
    shelf.put("a", "old", 500)
    shelf.put("a", "new", 20)
    assert (shelf.get("a"), len(shelf), shelf.bytes) == ("new", 1, ENTRY_BYTES + weight("a") + 20)


def test_a_value_larger_than_the_shelf_is_not_kept_and_pushes_out_nothing_but_what_has_to_go() -> None:
    shelf = Shelf[int](ENTRY_BYTES)
    shelf.put("a", 1, 1)
    assert (len(shelf), shelf.bytes) == (0, 0)


def test_a_key_counts_with_all_that_it_consists_of() -> None:
    assert weight(("a" * 10_000, (b"b" * 10_000,))) > 20_000


def test_long_keys_keep_the_memory_within_bounds() -> None:
    most = 4_000_000
    shelf = Shelf[int](most)
    tracemalloc.start()
    for number in range(5_000):
        shelf.put((f"{number:05}" + "q" * 2_000, ("x", number)), number, sys.getsizeof(number))
    held, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 1_000 < len(shelf) < 5_000
    assert held <= most


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 3000))))
def test_it_never_holds_more_than_it_may_and_counts_what_it_holds(puts: list[tuple[str, int]]) -> None:
    shelf = Shelf[int](8000, most_entries=4)
    for key, size in puts:
        shelf.put(key, size, size)
        kept = dict(shelf)
        assert shelf.bytes == sum(ENTRY_BYTES + weight(name) + size for name, size in kept.items()) <= 8000
        assert len(shelf) == len(kept) <= 4
    shelf.clear()
    assert (len(shelf), shelf.bytes) == (0, 0)
