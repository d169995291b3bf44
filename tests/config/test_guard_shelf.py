"""The page cache stays within its bounds."""

import time

from hypothesis import given
from hypothesis import strategies as st

from common import metrics
from config.guard.shelf import OVERHEAD, Page, Shelf


def page(size: int = 0) -> Page:
    return Page([], b"x" * size, lifetime=60)


def test_the_one_unread_for_longest_goes_first() -> None:
    shelf = Shelf(max_bytes=10**6, max_entries=2)
    for key in "ab":
        shelf.put(key, page())
    shelf.get("a")
    shelf.put("c", page())
    assert [bool(shelf.get(key)) for key in "abc"] == [True, False, True]


def test_a_page_takes_the_place_of_the_one_before() -> None:
    shelf = Shelf(max_bytes=10**6, max_entries=2)
    shelf.put("a", page(500))
    shelf.put("a", page(20))
    assert (len(shelf), shelf.bytes) == (1, OVERHEAD + 20)


def test_a_page_larger_than_the_shelf_is_not_kept() -> None:
    shelf = Shelf(max_bytes=OVERHEAD, max_entries=2)
    shelf.put("a", page(1))
    assert (len(shelf), shelf.bytes) == (0, 0)


def test_age_and_freshness_follow_the_clock() -> None:
    old = Page([(b"a", b"bc")], b"", lifetime=10, made=time.monotonic() - 10.5)
    assert (old.age, old.is_fresh, old.size) == (10, False, OVERHEAD + 3)
    assert page().is_fresh


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 3000))))
def test_it_never_holds_more_than_it_may_and_counts_what_it_holds(puts: list[tuple[str, int]]) -> None:
    shelf = Shelf(max_bytes=8000, max_entries=4)
    before = metrics.PAGE_CACHE_BYTES._value.get()
    for key, size in puts:
        shelf.put(key, page(size))
        kept = [found for name in "abcdefgh" if (found := shelf.get(name))]
        assert shelf.bytes == sum(found.size for found in kept) <= 8000
        assert len(shelf) == len(kept) <= 4
    assert metrics.PAGE_CACHE_BYTES._value.get() - before == shelf.bytes
