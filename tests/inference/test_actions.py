"""Who may start a call, and how it is counted. No engine is asked."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import User
from common.errors import DomainError
from inference.access import Visitor
from inference.actions import finish_call, journal_call, start_call, sweep_calls
from inference.allowance import allowance_of
from inference.answers import Usage
from inference.errors import (
    AllowanceSpentError,
    BadQuestionError,
    CallClosedError,
    EmptyQuestionError,
    EngineBusyError,
    FairUseSpentError,
    NotRunnableError,
    TooLongError,
    TooManyStreamsError,
)
from inference.models import Call, CallState, Kind, Mode, Upstream, UpstreamState, UsageWindow
from tests.waiting import until

from .conftest import CHAT

pytestmark = [pytest.mark.xdist_group("engine"), pytest.mark.usefixtures("listings")]

ANONYMOUS = Visitor.of("203.0.113.7", None)


def start(visitor: Visitor = ANONYMOUS, **changes: Any) -> Call:
    return start_call(**{"visitor": visitor, "listing": CHAT, "texts": ["Hello"], **changes})


def holder(user: User) -> Visitor:
    return Visitor.of("203.0.113.7", user, 31337)


@pytest.fixture
def free(settings: Any) -> Callable[..., None]:
    def give(**tokens: int) -> None:
        settings.FREE_TOKENS = {**settings.FREE_TOKENS, **tokens}

    return give


def test_nothing_sent_is_nothing_counted() -> None:
    call = start()
    assert {window.reserved for window in UsageWindow.objects.all()} == {call.reserved}
    finish_call(call_id=call.pk, state=CallState.FAILED, error="gone")
    finish_call(call_id=call.pk, state=CallState.FAILED, error="gone")
    assert {(window.spent, window.reserved) for window in UsageWindow.objects.all()} == {(0, 0)}


def test_what_was_journaled_is_counted_and_never_more_than_reserved() -> None:
    call = start()
    journal_call(call_id=call.pk, tokens=5, characters=20, first_token_ms=90)
    finish_call(call_id=call.pk, state=CallState.STOPPED)
    assert {window.spent for window in UsageWindow.objects.all()} == {call.prompt_tokens + 5}
    other = start(max_tokens=20)
    journal_call(call_id=other.pk, tokens=19, characters=90, first_token_ms=90)
    finish_call(call_id=other.pk, state=CallState.DONE, usage=Usage(3 * other.prompt_tokens, 20))
    assert UsageWindow.objects.get(scope="all").spent == call.prompt_tokens + 5 + other.reserved


def test_a_block_uses_up_its_free_tokens_and_another_does_not_suffer(free: Callable[..., None]) -> None:
    free(block=60)
    with pytest.raises(AllowanceSpentError):
        start(texts=["Hello " * 40])
    assert start(Visitor.of("198.51.100.1", None)).max_tokens < 40
    assert "60 of 60 free tokens" in allowance_of(ANONYMOUS, CHAT).sentence


def test_the_answer_is_as_long_as_what_is_left(free: Callable[..., None]) -> None:
    free(block=60)
    call = start()
    assert call.reserved == 60
    assert call.max_tokens == 60 - call.prompt_tokens


def test_a_holder_runs_within_fair_use_and_takes_nothing_from_the_rest(owner: User) -> None:
    call = start(holder(owner))
    assert call.access == "owner"
    (window,) = UsageWindow.objects.all()
    assert (window.scope, window.budget) == ("holder", 1_000_000)
    UsageWindow.objects.update(spent=window.budget - window.reserved, starts=timezone.now().date() - timedelta(days=29))
    with pytest.raises(FairUseSpentError):
        start(holder(owner))
    UsageWindow.objects.update(starts=timezone.now().date() - timedelta(days=30))
    assert start(holder(owner)).access == "owner"


def outcomes_at_once(begin: Callable[[int], object]) -> list[str]:
    """What becomes of six that begin at the same time."""

    def attempt(number: int) -> str:
        try:
            begin(number)
            return "started"
        except DomainError as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        return sorted(threads.map(attempt, range(6)))


def test_of_many_at_once_two_start(owner: User) -> None:
    outcomes = outcomes_at_once(lambda _number: start(holder(owner)))
    assert outcomes == ["started"] * 2 + ["too-many-streams"] * 4


def test_of_many_at_once_two_start_whatever_they_ask() -> None:
    for number in range(6):
        said = {"kind": Kind.URL, "base_url": "https://a.example/v1", "state": UpstreamState.HEALTHY, "free": True}
        Upstream.objects.create(listing=f"acme/other-{number}", engine=f"other-{number}", mode=Mode.CHAT, **said)
    outcomes = outcomes_at_once(lambda number: start(listing=f"acme/other-{number}"))
    assert outcomes == ["started"] * 2 + ["too-many-streams"] * 4


def test_of_many_at_once_none_goes_over_the_budget(free: Callable[..., None]) -> None:
    free(all=700)

    def attempt(number: int) -> int:
        try:
            return start(Visitor.of(f"198.51.{number}.1", None)).reserved
        except AllowanceSpentError:
            return 0
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        reserved = list(threads.map(attempt, range(6)))
    assert sum(reserved) == UsageWindow.objects.get(scope="all").reserved <= 700


def attempts(addresses: list[str]) -> list[int]:
    """Return what each of some calls that start at once has reserved: 0 for one that was refused."""

    def attempt(address: str) -> int:
        try:
            return start(Visitor.of(address, None)).reserved
        except (AllowanceSpentError, TooManyStreamsError):
            return 0
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        return list(threads.map(attempt, addresses))


def test_a_network_of_many_blocks_leaves_the_free_tokens_to_others(free: Callable[..., None]) -> None:
    """At once, and one after the other: whoever has a /48 has 65,536 blocks of six thousand tokens."""
    free(network=700)
    reserved = attempts([f"2001:db8:1:{number}::1" for number in range(6)])
    assert sum(reserved) == UsageWindow.objects.get(scope="network").reserved <= 700
    with pytest.raises(AllowanceSpentError):
        start(Visitor.of("2001:db8:1:ff::1", None), texts=["Hello " * 700])
    assert start(Visitor.of("2001:db8:2::1", None)).max_tokens == start(Visitor.of("203.0.113.7", None)).max_tokens
    keys = UsageWindow.objects.filter(scope="network").values_list("key", flat=True)
    assert sorted(keys) == ["2001:db8:1::/48", "2001:db8:2::/48"], "IPv4 has a block alone"


def test_a_network_of_many_blocks_leaves_the_engine_to_others() -> None:
    reserved = attempts([f"2001:db8:1:{number}::1" for number in range(6)])
    assert sum(map(bool, reserved)) == 4
    assert start(Visitor.of("2001:db8:2::1", None))
    assert start()


def test_the_database_itself_refuses_what_is_over_the_budget() -> None:
    window = UsageWindow.objects.create(scope="all", starts=timezone.now().date(), budget=10)
    with pytest.raises(IntegrityError), transaction.atomic():
        UsageWindow.objects.filter(pk=window.pk).update(spent=11)


def test_the_third_stream_of_a_payer_waits() -> None:
    first = start()
    start()
    with pytest.raises(TooManyStreamsError):
        start()
    finish_call(call_id=first.pk, state=CallState.DONE)
    assert start().slot == 1


def test_an_engine_takes_no_more_than_it_can(settings: Any) -> None:
    settings.ENGINES = {**settings.ENGINES, "smollm2": {**settings.ENGINES["smollm2"], "streams": 1}}
    start()
    with pytest.raises(EngineBusyError):
        start(Visitor.of("198.51.100.1", None))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"listing": "nobody/nothing"}, NotRunnableError),
        ({"texts": []}, EmptyQuestionError),
        ({"texts": [" "]}, EmptyQuestionError),
        ({"texts": ["\u200b\u3164", "\u202e\ufe0f"]}, EmptyQuestionError),
        ({"texts": ["a\ud83d"]}, BadQuestionError),
        ({"texts": ["a\x00b"]}, BadQuestionError),
        ({"texts": ["a" * 20_000]}, TooLongError),
    ],
)
def test_what_cannot_start(changes: dict[str, Any], error: type[DomainError]) -> None:
    with pytest.raises(error):
        start(**changes)
    assert not Call.objects.exists()


def test_the_call_of_a_dead_server_is_closed_with_what_it_had_journaled() -> None:
    call = start()
    journal_call(call_id=call.pk, tokens=7, characters=30, first_token_ms=90)
    assert sweep_calls() == 0
    Call.objects.update(journaled_at=timezone.now() - timedelta(minutes=3))
    assert sweep_calls() == 1
    call.refresh_from_db()
    assert (call.state, call.error) == (CallState.FAILED, "abandoned")
    assert UsageWindow.objects.get(scope="all").spent == call.prompt_tokens + 7
    with pytest.raises(CallClosedError):
        journal_call(call_id=call.pk, tokens=8, characters=34, first_token_ms=90)


def alone(work: Callable[..., Any], **given: Any) -> Any:
    """Run in a thread of its own, and leave no connection behind."""
    try:
        return work(**given)
    finally:
        connection.close()


def wait_for_waiters(number: int) -> None:
    """Wait until so many others wait for a lock."""
    until(lambda: waiters() >= number)


def waiters() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select count(distinct pid) from pg_locks where not granted")
        return int(cursor.fetchone()[0])


def test_an_end_and_the_sweep_at_once_count_once() -> None:
    call = start()
    journal_call(call_id=call.pk, tokens=7, characters=30, first_token_ms=90)
    Call.objects.update(journaled_at=timezone.now() - timedelta(minutes=3))
    usage = Usage(call.prompt_tokens, 7)
    with ThreadPoolExecutor(4) as threads:
        with transaction.atomic():
            Call.objects.select_for_update().get(pk=call.pk)
            ends = [
                threads.submit(alone, finish_call, call_id=call.pk, state=CallState.DONE, usage=usage) for _ in range(2)
            ]
            sweeps = [threads.submit(alone, sweep_calls) for _ in range(2)]
            wait_for_waiters(4)  # all four have found it open
        states = {end.result().state for end in ends}
        swept = sum(sweep.result() for sweep in sweeps)
    call.refresh_from_db()
    assert states == {call.state}
    assert swept == (call.error == "abandoned")
    assert {(each.spent, each.reserved) for each in UsageWindow.objects.all()} == {(call.prompt_tokens + 7, 0)}


def test_a_call_that_speaks_while_the_sweep_waits_goes_on() -> None:
    call = start()
    Call.objects.update(journaled_at=timezone.now() - timedelta(minutes=3))
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            journal_call(call_id=call.pk, tokens=7, characters=30, first_token_ms=90)
            sweep = threads.submit(alone, sweep_calls)
            wait_for_waiters(1)
        assert sweep.result() == 0
    call.refresh_from_db()
    assert call.state == CallState.STREAMING
