"""What streams have handed over is written down for many at once, beside them. No engine is asked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from threading import Event, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from common.errors import DomainError
from inference import journaling
from inference.access import Visitor
from inference.actions import finish_call, journal_calls, start_call
from inference.counting import Counts, Written
from inference.errors import CallClosedError
from inference.journaling import JOURNAL_TOKENS, Delivered, Journals
from inference.keys.errors import KeyRevokedError
from inference.keys.models import ApiKey
from inference.models import Call, CallState, UsageWindow
from tests.waiting import take_in_loop

from .conftest import CHAT
from .keys.holders import holder, paying

HANDED = Counts(7, 30, 90)

Told = dict[UUID, Written]


def started(number: int) -> Call:
    visitor = Visitor.of(f"203.0.{number}.7", None)
    return start_call(visitor=visitor, listing=CHAT, texts=["Hello"], max_tokens=64)


@pytest.mark.xdist_group("engine")
class TestBooks:
    """One statement writes many journals, each as if it were alone."""

    @pytest.fixture(autouse=True)
    def undone(self, listings: None) -> Iterator[None]:
        """Nothing that a test writes here stays, but for what it commits itself."""
        yield
        UsageWindow.objects.all().delete()

    def test_each_call_is_told_what_came_of_it(self) -> None:
        with transaction.atomic():
            going, over, revoked = started(113), started(114), started(115)
            finish_call(call_id=over.pk, state=CallState.DONE)
            key = paying(holder(3)).key
            ApiKey.objects.filter(pk=key.pk).update(revoked_at=timezone.now())
            Call.objects.filter(pk=revoked.pk).update(api_key=key.pk)
            told = journal_calls(counts=dict.fromkeys([going.pk, over.pk, revoked.pk, uuid4()], HANDED))
            assert told == {going.pk: Written.DONE, over.pk: Written.CLOSED, revoked.pk: Written.REVOKED}
            for call, tokens in ((going, 7), (over, 0), (revoked, 7)):
                call.refresh_from_db()
                assert call.completion_tokens == tokens
            assert (going.state, going.characters, going.first_token_ms) == (CallState.STREAMING, 30, 90)
            transaction.set_rollback(True)

    def test_a_row_that_another_has_keeps_nobody_waiting(self) -> None:
        held, free = started(113), started(114)
        locked, done = Event(), Event()

        def hold() -> None:
            try:
                with transaction.atomic():
                    Call.objects.select_for_update().get(pk=held.pk)
                    locked.set()
                    done.wait(30)
            finally:
                connection.close()

        other = Thread(target=hold)
        other.start()
        try:
            assert locked.wait(30)
            told = journal_calls(counts={held.pk: HANDED, free.pk: HANDED})
            assert told == {held.pk: Written.LATER, free.pk: Written.DONE}
        finally:
            done.set()
            other.join()
        assert journal_calls(counts={held.pk: HANDED}) == {held.pk: Written.DONE}
        for call in (held, free):
            finish_call(call_id=call.pk, state=CallState.STOPPED)

    def test_nobody_s_journal_is_no_statement(self) -> None:
        assert journal_calls(counts={}) == {}


@pytest.fixture
def books(monkeypatch: pytest.MonkeyPatch) -> list[dict[UUID, Counts]]:
    """What is written, statement by statement; a call that hands over 666 characters is told that it is closed."""
    written: list[dict[UUID, Counts]] = []

    async def write(_action: Callable[..., Told], *, counts: dict[UUID, Counts]) -> Told:
        written.append(counts)
        await take_in_loop(0)
        if any(each.characters == 13 for each in counts.values()):
            raise ConnectionError("The database is away.")
        return {pk: Written.CLOSED if each.characters == 666 else Written.DONE for pk, each in counts.items()}

    monkeypatch.setattr(journaling, "retried", write)
    return written


def stream(*pieces: str, at_once: bool = False) -> Delivered:
    one = Delivered(uuid4(), time.monotonic(), at_once=at_once)
    for piece in pieces:
        one.add(piece)
    return one


def test_who_waits_has_all_others_written_with_it(books: list[Any]) -> None:
    async def talk() -> None:
        journals, quick, slow = Journals.here(), stream("a", " b", " c"), stream("d")
        journals.note(slow)
        await asyncio.gather(journals.written(quick), journals.written(quick))
        assert (quick.unwritten, slow.unwritten) == (0, 0)
        assert [set(each) for each in books] == [{quick.call, slow.call}]
        quick.add(" e")
        journals.leave(slow)
        await journals.written(quick)
        assert books[-1] == {quick.call: quick.counts}

    asyncio.run(talk())


def test_who_asks_while_a_statement_runs_is_in_the_next_though_nothing_is_unwritten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written: list[set[UUID]] = []

    async def talk() -> None:
        journals, one, runs, ends = Journals.here(), stream("a"), asyncio.Event(), asyncio.Event()

        async def write(_action: Callable[..., Told], *, counts: dict[UUID, Counts]) -> Told:
            written.append(set(counts))
            runs.set()
            await ends.wait()
            return dict.fromkeys(counts, Written.DONE)

        monkeypatch.setattr(journaling, "retried", write)
        earlier = asyncio.create_task(journals.written(one))
        await runs.wait()
        later = asyncio.create_task(journals.written(one))
        await take_in_loop(0)
        ends.set()
        await asyncio.wait_for(asyncio.gather(earlier, later), 20)
        assert written == [{one.call}] * 2

    asyncio.run(talk())


def test_what_is_held_back_is_written_as_nothing(books: list[Any]) -> None:
    one = stream("a", "b", at_once=True)
    asyncio.run(_written(one))
    assert books == [{one.call: Counts(0, 0, one.first_token_ms)}]


async def _written(one: Delivered) -> None:
    await Journals.here().written(one)


def test_who_is_closed_hears_it_and_others_do_not(books: list[Any]) -> None:
    async def talk() -> None:
        closed, going = stream("x" * 666), stream("y")
        Journals.here().note(closed)
        await Journals.here().written(going)
        assert isinstance(closed.error, CallClosedError)
        assert going.error is None
        with pytest.raises(CallClosedError):
            await Journals.here().written(closed)

    asyncio.run(talk())
    assert len(books) == 1


def test_where_the_database_is_away_who_waits_hears_it_and_nothing_counts_as_written(books: list[Any]) -> None:
    one = stream("x" * 13)
    with pytest.raises(ConnectionError):
        asyncio.run(_written(one))
    assert one.unwritten == 1
    assert len(books) == 1


def test_who_stops_waiting_ends_nobody_else_s_journal(books: list[Any]) -> None:
    async def talk() -> None:
        journals, one, other = Journals.here(), stream("a"), stream("b")
        first = asyncio.create_task(journals.written(one))
        second = asyncio.create_task(journals.written(other))
        await take_in_loop(0)
        first.cancel()
        await second
        assert first.cancelled()
        assert other.unwritten == 0

    asyncio.run(talk())
    assert books


def test_as_much_as_may_be_lost_is_never_more_than_an_interval() -> None:
    one = stream(*["a "] * (JOURNAL_TOKENS - 1))
    assert not one.is_due or one.is_stale
    assert one.is_early
    one.add("a ")
    assert one.is_due


def test_errors_of_one_stream_are_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    async def write(action: Callable[..., Told], **said: Any) -> Told:
        if "counts" in said:
            return dict.fromkeys(said["counts"], Written.LATER)
        raise KeyRevokedError

    monkeypatch.setattr(journaling, "retried", write)
    one = stream("a")
    with pytest.raises(DomainError) as told:
        asyncio.run(_written(one))
    assert isinstance(told.value, KeyRevokedError)
