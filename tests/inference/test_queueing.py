"""Turns: one of each wallet before a second of any, and what is kept of who waits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from redis.exceptions import ConnectionError as AwayError

from inference import queueing
from inference.errors import EngineBusyError, TooManyWaitingError
from inference.queueing import MOST_OF_WALLET, Waiter, ahead_of, in_turn, join, leave, place_of, stay, wallet_of


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    """Nobody waits, before and after."""
    cache.clear()
    yield
    cache.clear()


def names(found: list[Waiter]) -> list[str]:
    return [each.name for each in found]


def test_one_of_each_wallet_comes_before_a_second_of_any() -> None:
    many = [Waiter("0xa", n, f"a{n}") for n in range(50)]
    one, other = Waiter("0xb", 60, "b"), Waiter("0xc", 55, "c")
    assert names(in_turn([*many, one, other], {}))[:5] == ["a0", "c", "b", "a1", "a2"]


def test_what_a_wallet_has_running_counts_as_had_before() -> None:
    waiting = [Waiter("0xa", 1, "a"), Waiter("0xb", 2, "b"), Waiter("0xb", 3, "b2")]
    assert names(in_turn(waiting, {"0xa": 2})) == ["b", "b2", "a"]


def test_whose_turn_was_the_longest_ago_is_next() -> None:
    waiting = [Waiter("0xa", 1, "a"), Waiter("0xb", 2, "b"), Waiter("0xc", 3, "c")]
    assert names(in_turn(waiting, {}, {"0xa": 90.0, "0xb": 80.0})) == ["c", "b", "a"]
    for each in waiting:
        join(each, ["one"])
    leave(waiting[0], ["one"], served=True)
    again = Waiter("0xa", 0, "a2")
    assert ahead_of(again, ["one"], {}) == {"one": 2}


def test_a_wallet_is_one_whatever_it_asks() -> None:
    assert wallet_of("0xabc owner/name") == wallet_of("0xabc") == "0xabc"


def test_who_waits_has_a_place_and_leaves_it() -> None:
    first, second = Waiter("0xa"), Waiter("0xb")
    for each in (first, second):
        join(each, ["one", "two"])
    assert [place_of(each, ["one", "two"]) for each in (first, second)] == [1, 2]
    assert ahead_of(Waiter("0xc"), ["one", "three"], {}) == {"one": 2}
    leave(first, ["one", "two"])
    assert place_of(second, ["one"]) == 1
    assert ahead_of(second, ["one"], {}) == {}


def test_who_is_not_seen_any_more_has_left(monkeypatch: pytest.MonkeyPatch) -> None:
    gone, here = Waiter("0xa"), Waiter("0xb")
    now = time.time()
    monkeypatch.setattr("inference.queueing.time.time", lambda: now)
    join(gone, ["one"])
    join(here, ["one"])
    later = now + queueing.SILENT - 0.5
    monkeypatch.setattr("inference.queueing.time.time", lambda: later)
    stay(here, ["one"])
    monkeypatch.setattr("inference.queueing.time.time", lambda: later + 1)
    assert place_of(here, ["one"]) == 1
    assert ahead_of(Waiter("0xc"), ["one"], {}) == {"one": 1}


def test_a_queue_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(MOST_OF_WALLET):
        join(Waiter("0xa"), ["one"])
    with pytest.raises(TooManyWaitingError) as refused:
        join(Waiter("0xa"), ["one"])
    assert refused.value.data["retry_after"] == 5
    join(Waiter("0xb"), ["one"])
    monkeypatch.setattr(queueing, "MOST_WAITING", MOST_OF_WALLET + 1)
    with pytest.raises(EngineBusyError):
        join(Waiter("0xc"), ["one"])
    join(Waiter("0xc"), ["one", "two"])


def test_without_redis_nobody_waits_and_nobody_is_before_anybody(monkeypatch: pytest.MonkeyPatch) -> None:
    class Away:
        def pipeline(self) -> Any:
            raise AwayError("away")

    monkeypatch.setattr(queueing, "_redis", Away)
    assert ahead_of(Waiter("0xa"), ["one"], {}) == {}
    with pytest.raises(EngineBusyError):
        join(Waiter("0xa"), ["one"])
    leave(Waiter("0xa"), ["one"])
