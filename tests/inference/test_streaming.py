"""Calls of upstreams that say anything: each ends once, and what was sent is what is counted. No engine is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from common.errors import DomainError
from common.text import shows
from inference.access import Visitor
from inference.actions import start_call
from inference.answers import TOKEN_CHARACTERS
from inference.asked import Message
from inference.errors import EngineGoneError
from inference.models import OPEN, Call, CallState, UsageWindow
from inference.streaming import run_call, to_its_end
from tests.hostile import HOLD, RESET, Script
from tests.waiting import take_in_loop

from .conftest import CHAT
from .upstreams import DONE, delta, end, event, upstream

pytestmark = [pytest.mark.xdist_group("engine"), pytest.mark.usefixtures("listings")]

QUESTION: list[Message] = [{"role": "user", "content": "Hello"}]
WORDS = [delta(f" word{number}") for number in range(20)]

Run = Callable[..., tuple[Call, str]]


@pytest.fixture
def run(settings: Any) -> Run:
    """A call of an upstream with a script; after ``stop`` pieces the visitor stops, after ``leave`` they have left."""

    def of(script: Script, *, stop: int = -1, leave: int = -1) -> tuple[Call, str]:
        UsageWindow.objects.all().delete()
        call = start_call(visitor=Visitor.of("203.0.113.7", None), listing=CHAT, texts=["Hello"], max_tokens=64)
        pieces: list[str] = []

        async def talk() -> None:
            task: asyncio.Task[Call]

            async def deliver(piece: str) -> None:
                if len(pieces) == leave:
                    raise ConnectionResetError
                if len(pieces) == stop:
                    task.cancel()
                    await take_in_loop(0)
                pieces.append(piece)

            task = asyncio.create_task(run_call(call, QUESTION, deliver))
            with suppress(DomainError, ConnectionResetError, asyncio.CancelledError):
                await task

        with upstream(script) as engine:
            settings.ENGINES = {**settings.ENGINES, "smollm2": {**settings.ENGINES["smollm2"], "url": engine.url}}
            asyncio.run(talk())
        call.refresh_from_db()
        return call, "".join(pieces)

    return of


def windows() -> set[tuple[int, int]]:
    return {(window.spent, window.reserved) for window in UsageWindow.objects.all()}


def test_a_whole_answer_is_counted_by_the_engine(run: Run) -> None:
    call, text = run([delta("Hello"), delta(" you"), end({"prompt_tokens": 9, "completion_tokens": 3})])
    assert (call.state, text, call.characters) == (CallState.DONE, "Hello you", 9)
    assert (call.prompt_tokens, call.completion_tokens) == (9, 3)
    assert windows() == {(12, 0)}


ABSURD: list[Any] = [None, {}, [], "2", -1, 0, 1, 2.5, 10**30, 65, 2**31]


@pytest.mark.parametrize("count", ABSURD, ids=map(str, ABSURD))
def test_an_absurd_count_gives_way_to_what_was_journaled(run: Run, count: Any) -> None:
    call, _text = run([delta("Hello"), delta(" you"), end({"prompt_tokens": count, "completion_tokens": count})])
    assert (call.state, call.completion_tokens) == (CallState.DONE, 2)
    assert windows() == {(call.prompt_tokens + 2, 0)}


def test_an_upstream_that_counts_more_than_text_can_have_is_not_believed(run: Run) -> None:
    call, _text = run([delta("Hi"), end({"prompt_tokens": 10**6, "completion_tokens": 60})])
    assert call.completion_tokens == 1
    assert windows() == {(call.prompt_tokens + 1, 0)}
    assert call.prompt_tokens < 100


def test_an_answer_in_one_piece_counts_by_its_words(run: Run) -> None:
    call, _text = run([delta("one two three four five"), DONE])
    assert (call.state, call.completion_tokens) == (CallState.DONE, 5)


def test_an_upstream_that_does_not_stop_is_stopped(run: Run) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield delta(" word")

    call, text = run(endless)
    assert (call.state, call.completion_tokens, text) == (CallState.DONE, 64, " word" * 64)


def test_nothing_sent_is_nothing_charged_even_where_the_engine_counted(run: Run) -> None:
    call, text = run([end({"prompt_tokens": 9, "completion_tokens": 9})])
    assert (call.state, call.completion_tokens, text) == (CallState.DONE, 0, "")
    assert windows() == {(0, 0)}


def test_what_was_sent_before_a_break_is_charged(run: Run) -> None:
    call, text = run([*WORDS, event({"error": "no"})])
    assert (call.state, call.error, call.completion_tokens) == (CallState.FAILED, EngineGoneError.code, 20)
    assert call.characters == len(text)
    assert windows() == {(call.prompt_tokens + 20, 0)}


def test_a_visitor_who_stops_or_leaves_pays_for_what_was_handed_over(run: Run) -> None:
    call, text = run([*WORDS, HOLD], stop=18)
    assert (call.state, call.completion_tokens, call.characters) == (CallState.STOPPED, 18, len(text))
    call, text = run([*WORDS, HOLD], leave=17)
    assert (call.state, call.error, call.completion_tokens) == (CallState.FAILED, "ConnectionResetError", 17)
    assert windows() == {(call.prompt_tokens + 17, 0)}


contents: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.integers(),
    st.just([]),
    st.text(st.characters(exclude_categories=[]), max_size=9),
    st.sampled_from(["", " word", "A\ud83d", "\ude00B", "\x00", "two words", "x" * 300, "a b " * 90]),
)
counts = st.dictionaries(
    st.sampled_from(["prompt_tokens", "completion_tokens"]), st.one_of(st.none(), st.integers(), st.floats(), st.text())
)
fields = st.fixed_dictionaries(
    {},
    optional={
        "choices": st.one_of(
            st.none(),
            st.lists(
                st.fixed_dictionaries(
                    {},
                    optional={
                        "index": st.sampled_from([0, 1, None, []]),
                        "delta": st.one_of(st.none(), st.just("x"), st.fixed_dictionaries({"content": contents})),
                        "finish_reason": st.sampled_from([None, "", "stop", "length", "error", 5]),
                    },
                ),
                max_size=2,
            ),
        ),
        "usage": st.one_of(st.none(), counts),
        "error": st.sampled_from([None, {}, "no"]),
    },
)
spoken = st.lists(
    st.one_of(
        contents.map(delta),
        contents.map(delta),
        fields.map(event),
        counts.map(end),
        st.sampled_from([DONE, RESET, b": alive\n\n", b"data: {\n\n", b"\r\n", b"\xff", b"data: ", b"event: x\n"]),
    ),
    max_size=12,
)
endings: st.SearchStrategy[dict[str, int]] = st.one_of(
    st.just({}), st.fixed_dictionaries({"stop": st.integers(1, 4)}), st.just({"leave": 2})
)


@examples(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spoken, endings)
def test_whatever_is_said_a_call_ends_once_and_counts_what_was_sent(
    run: Run, script: list[bytes], ending: dict[str, int]
) -> None:
    call, text = run(script, **ending)
    assert call.state not in OPEN
    assert call.ended_at
    assert call.characters == len(text)
    assert text == text.encode().decode().replace("\x00", "")
    assert call.completion_tokens <= call.max_tokens
    assert (call.completion_tokens > 0) == bool(text)
    assert call.completion_tokens <= max(4 * len(text) + 1, 0) * bool(text)
    seen = "".join(each for each in text if each.isspace() or shows(each))
    assert call.completion_tokens >= len(seen.split())
    assert windows() == {(call.prompt_tokens + call.completion_tokens if text else 0, 0)}


def test_an_answer_of_blanks_is_no_longer_than_its_tokens_can_be(run: Run) -> None:
    call, text = run([delta("\n" * 4_000)] * 30)
    assert call.state == CallState.DONE
    assert len(text) == call.characters == 64 * TOKEN_CHARACTERS


def test_what_closes_a_call_is_done_to_its_end_however_often_it_is_cancelled() -> None:
    async def scene() -> list[str]:
        done, go = list[str](), asyncio.Event()

        async def work() -> Any:
            await go.wait()
            done.append("closed")

        task = asyncio.create_task(to_its_end(work()))
        for _ in range(3):
            await take_in_loop(0)
            task.cancel()
        await take_in_loop(0)
        go.set()
        with suppress(asyncio.CancelledError):
            await task
        return [*done, str(task.cancelled())]

    assert asyncio.run(scene()) == ["closed", "True"]
