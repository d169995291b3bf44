"""What one call of the API asks of the database, from its key to its end. No engine is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from operator import le
from threading import Event
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.limits import Left
from inference.actions import finish_call, journal_call
from inference.asked import Asked
from inference.gateway import answering
from inference.gateway.answering import Answering, entered
from inference.gateway.opening import Admitted, Begun, Opened, enter
from inference.gateway.reading import read_chat
from inference.kept_models import KeptAnswer
from inference.keys.actions import create_key, rotate_key
from inference.models import Call, CallState
from tests.inference.keys.holders import holder
from tests.inference.ledger.books import NAME, open_books
from tests.waiting import becomes, take_in_loop

pytestmark = pytest.mark.django_db

ASKED: dict[str, Any] = {"model": NAME, "stream": True, "messages": [{"role": "user", "content": "Hello"}]}
FREE, PAID = (4, 1, 2), (31, 1, 17)  # trips to the database at most, to begin, to journal once, and to end


def trips(work: Callable[[], Any]) -> tuple[int, Any]:
    """Return how often some work asks the database, apart from what begins and ends transactions, and its value."""
    with CaptureQueriesContext(connection) as seen:
        made = work()
    said = [each["sql"] for each in seen.captured_queries]
    kept = [sql for sql in said if not sql.startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))]
    return len(kept), made


def one_call(secret: str) -> tuple[int, int, int]:
    """Return how many trips it takes to begin a call, to journal what was handed over, and to end it."""
    wanted = read_chat(dict(ASKED))
    begun, who = trips(lambda: enter(f"Bearer {secret}", "203.0.113.7", wanted))
    assert isinstance(who.begun.outcome, Opened), who.begun.outcome
    pk = who.begun.outcome.call.pk
    told, _ = trips(lambda: journal_call(call_id=pk, tokens=16, characters=64, first_token_ms=9))
    ended, call = trips(lambda: finish_call(call_id=pk, state=CallState.DONE))
    assert (call.state, call.completion_tokens) == (CallState.DONE, 16)
    return begun, told, ended


def test_a_free_call_takes_few_trips() -> None:
    open_books()
    secret = create_key(user=holder(8), name="Free", chain_id=None).secret
    one_call(secret)
    made = one_call(secret)
    assert all(map(le, made, FREE)), made


def test_a_paid_call_takes_few_trips() -> None:
    books = open_books()
    secret = rotate_key(user=books.user, pk=books.key.pk).secret
    one_call(secret)
    made = one_call(secret)
    assert all(map(le, made, PAID)), made


@pytest.mark.parametrize("is_named", [False, True])
def test_a_call_that_began_as_its_client_left_is_closed(monkeypatch: pytest.MonkeyPatch, is_named: bool) -> None:
    opened, closed = Opened(Call(), Asked(), []), list[dict[str, Any]]()
    asks, may_begin = Event(), Event()
    monkeypatch.setattr(answering, "finish_call", lambda **given: closed.append(given))

    def wait(**_given: object) -> None:
        asks.set()
        may_begin.wait(60)

    def begin() -> Admitted:
        wait()
        return Admitted(None, "203.0.113.7", Left(1, 60, 1, 60), begun=Begun(read_chat(dict(ASKED)), opened))

    monkeypatch.setattr(answering, "begin_answer", wait)
    named = Answering(lambda models: opened, opened, is_chat=True, kept=KeptAnswer())

    async def leave() -> None:
        task = asyncio.create_task(begun_by(named.begin() if is_named else entered(begin)))
        await becomes(asks.is_set)
        task.cancel()
        await take_in_loop(0)
        may_begin.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(leave())
    assert closed == [{"call_id": opened.call.pk, "state": CallState.STOPPED}]


async def begun_by(way: Awaitable[object]) -> None:
    await way
