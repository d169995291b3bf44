"""A second upstream is asked where the first is silent; who speaks first answers, once, and the other is left."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from inference import racing
from inference.models import Call, CallState, Upstream, UsageWindow
from inference.upstream_wishes import read_wish
from tests.hostile import HOLD, RESET, hostile
from tests.waiting import until

from .seller import WORDS, selling
from .test_choosing import ask, at, sellers_alone
from .upstreams import SSE_HEAD, delta, end

__all__ = ["sellers_alone"]
pytestmark = [pytest.mark.xdist_group("engine"), pytest.mark.usefixtures("listings")]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for long."""
    monkeypatch.setattr(racing, "PRESUMED", 0.2)


@pytest.fixture
def patient(impatient: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is asked beside another, however slow the machine is."""
    monkeypatch.setattr(racing, "PRESUMED", 60.0)


def test_who_is_silent_is_overtaken_and_left_and_one_is_counted() -> None:
    with hostile([SSE_HEAD, HOLD]) as silent, selling() as quick:
        slow = at(f"{silent}/v1", "slow", place=1)
        at(quick.url, "quick", place=2, tells_usage=True)
        call, text, code = ask()
    assert (call.state, text, code, call.engine) == (CallState.DONE, "".join(WORDS), "", "seller-quick")
    assert (call.prompt_tokens, call.completion_tokens) == (9, 5)
    assert [(each.spent, each.reserved) for each in UsageWindow.objects.filter(scope="block")] == [(14, 0)]
    assert Call.objects.filter(pk=call.pk).count() == 1
    assert call.first_token_ms is not None
    assert call.first_token_ms >= 200
    slow.refresh_from_db()
    assert slow.streak == 0  # it was slow, and has not failed


def test_the_first_that_speaks_wins_also_where_it_was_asked_first() -> None:
    with selling(pause=4.0) as second:

        def script() -> Iterator[bytes]:
            yield SSE_HEAD
            until(lambda: bool(second.questions), lambda: "no other is asked", 30)
            yield delta("Here") + end()

        with hostile(script) as first:
            at(f"{first}/v1", "first", place=1)
            at(second.url, "second", place=2)
            call, text, _code = ask()
    assert (call.engine, text, call.state) == ("seller-first", "Here", CallState.DONE)
    assert len(second.questions) == 1


def test_who_is_quick_runs_alone(patient: None) -> None:
    with selling() as first, selling() as second:
        at(first.url, "first", place=1)
        at(second.url, "second", place=2)
        assert ask()[0].engine == "seller-first"
    assert second.asked == []


@pytest.mark.parametrize("wants", [{"allow_fallbacks": False}, {"only": ["seller-slow"]}, {"ignore": ["seller-other"]}])
def test_who_wants_no_other_gets_no_other(wants: dict[str, Any]) -> None:
    with selling(pause=0.4) as slow, selling() as other:
        at(slow.url, "slow", place=1)
        at(other.url, "other", place=2)
        call, text, _code = ask(read_wish(wants))
    assert (call.engine, text, other.asked) == ("seller-slow", "".join(WORDS), [])


def test_the_last_place_of_another_is_left_to_its_own_calls() -> None:
    with selling(pause=0.4) as slow, selling() as other:
        at(slow.url, "slow", place=1)
        at(other.url, "other", place=2, at_once=1)
        assert ask()[0].engine == "seller-slow"
    assert other.asked == []


def test_no_more_than_so_many_are_raced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(racing, "MOST_RACES", 0)
    with selling(pause=0.4) as slow, selling() as other:
        at(slow.url, "slow", place=1)
        at(other.url, "other", place=2)
        assert ask()[0].engine == "seller-slow"
    assert other.asked == []


def test_where_one_of_two_fails_the_other_goes_on() -> None:
    def script() -> Iterator[bytes]:
        yield SSE_HEAD
        until(lambda: Upstream.objects.filter(engine="seller-bad", streak=1).exists(), lambda: "nobody failed", 30)
        connection.close()
        yield delta("Here") + end()

    with hostile(script) as slow, selling(status=500) as bad:
        at(f"{slow}/v1", "slow", place=1)
        broken = at(bad.url, "bad", place=2)
        call, text, code = ask()
    assert (call.engine, text, code) == ("seller-slow", "Here", "")
    broken.refresh_from_db()
    assert broken.streak == 1


def test_where_both_fail_a_third_takes_over_and_each_is_asked_once() -> None:
    with hostile([SSE_HEAD, HOLD]) as silent, selling(status=500) as bad, selling() as good:
        from inference import upstream as spoken

        patched = pytest.MonkeyPatch()
        patched.setattr(spoken, "WAITS", spoken.Waits(first=0.8, more=0.3, usage=0.2, whole=5))
        try:
            at(f"{silent}/v1", "silent", place=1)
            at(bad.url, "bad", place=2)
            at(good.url, "good", place=3)
            call, text, _code = ask()
        finally:
            patched.undo()
    assert (call.engine, text, len(bad.asked), len(good.asked)) == ("seller-good", "".join(WORDS), 1, 1)


def test_after_its_first_word_nobody_is_asked_any_more(patient: None) -> None:
    with hostile([SSE_HEAD, delta("Half"), RESET]) as half, selling() as other:
        at(f"{half}/v1", "half", place=1)
        at(other.url, "other", place=2)
        call, text, code = ask()
    assert (call.state, text, code, other.asked) == (CallState.FAILED, "Half", "gone", [])


def test_one_that_wins_with_nothing_to_say_ends_the_call() -> None:
    with hostile([SSE_HEAD, end()]) as empty:
        at(f"{empty}/v1", "empty")
        call, text, code = ask()
    assert (call.state, text, code) == (CallState.DONE, "", "")
    assert Upstream.objects.get(engine="seller-empty").streak == 0
    until(lambda: not racing._races, lambda: "a race is still counted")
