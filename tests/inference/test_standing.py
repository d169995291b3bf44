"""How a server does: drained after failures in a row, tried again later and later, back at its first answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.notifications.models import Notice
from inference.models import Kind, Mode, Upstream, UpstreamState
from inference.standing import ASK_AGAIN, LONGEST_WAIT, due, next_wait, note_answer, note_failure

pytestmark = pytest.mark.django_db
HEALTHY, DRAINED, FAILING = UpstreamState.HEALTHY, UpstreamState.DRAINED, UpstreamState.FAILING


@pytest.fixture
def upstream() -> Upstream:
    """A server that is for sale."""
    user = User.objects.create(address="0x" + "b" * 40)
    return Upstream.objects.create(
        kind=Kind.URL,
        engine="seller-one",
        listing="acme/chat",
        mode=Mode.CHAT,
        base_url="https://models.example/v1",
        user=user,
        state=HEALTHY,
        next_at=timezone.now(),
    )


def now(upstream: Upstream) -> Upstream:
    upstream.refresh_from_db()
    return upstream


def test_three_failures_in_a_row_drain_it_and_one_answer_takes_it_back(upstream: Upstream) -> None:
    for failures, state in ((1, HEALTHY), (2, HEALTHY), (3, DRAINED), (4, DRAINED)):
        note_failure(upstream.engine, "slow")
        assert (now(upstream).state, upstream.streak, upstream.says) == (state, failures, "slow")
    note_answer(upstream.engine)
    assert (now(upstream).state, upstream.streak, upstream.says) == (HEALTHY, 0, "")
    told = Notice.objects.order_by("pk")
    assert [each.kind for each in told] == ["upstream-down", "upstream-back"]
    assert told[0].data == {"listing": "acme/chat", "says": "slow"}


def test_an_answer_in_between_counts_anew(upstream: Upstream) -> None:
    for _ in range(4):
        note_failure(upstream.engine, "slow")
        note_failure(upstream.engine, "slow")
        note_answer(upstream.engine)
    assert now(upstream).state == HEALTHY
    assert not Notice.objects.exists()


def test_one_that_was_never_heard_fails_at_once_and_is_told_of(upstream: Upstream) -> None:
    Upstream.objects.update(state=UpstreamState.PROBING)
    note_failure(upstream.engine, "key")
    assert now(upstream).state == FAILING
    note_answer(upstream.engine)
    assert now(upstream).state == HEALTHY
    assert Notice.objects.count() == 2


def test_of_a_draft_s_server_nobody_is_told(upstream: Upstream) -> None:
    Upstream.objects.update(state=UpstreamState.PROBING, listing="", draft=uuid4())
    note_failure(upstream.engine, "key")
    assert now(upstream).state == FAILING
    assert not Notice.objects.exists()


def test_what_is_switched_off_stays_off(upstream: Upstream) -> None:
    Upstream.objects.update(state=UpstreamState.OFF)
    note_failure(upstream.engine, "slow")
    note_answer(upstream.engine, found=True)
    assert (now(upstream).state, upstream.streak) == (UpstreamState.OFF, 0)
    assert due(timezone.now() + timedelta(days=9)) == []


def test_waits_double_within_bounds_and_are_never_equal() -> None:
    for streak, wait in ((1, 30), (2, 60), (3, 120), (6, 960), (7, 1800), (50, 1800)):
        waits = {next_wait(streak).total_seconds() for _ in range(20)}
        assert all(0.8 * wait <= each <= 1.2 * wait for each in waits)
        assert len(waits) > 1
    assert next_wait(10**6) <= LONGEST_WAIT * 1.2


def test_a_failing_one_is_due_when_its_wait_is_over(upstream: Upstream) -> None:
    note_failure(upstream.engine, "slow")
    moment = now(upstream).next_at
    assert moment is not None
    assert due(moment - timedelta(seconds=1)) == []
    assert due(moment) == [upstream]


def test_a_call_that_went_well_puts_the_next_question_off(upstream: Upstream) -> None:
    note_answer(upstream.engine)
    first = now(upstream).next_at
    assert first is not None
    assert first > timezone.now() + ASK_AGAIN / 2
    note_answer(upstream.engine)
    assert now(upstream).next_at == first  # and most calls write nothing at all


def test_unknown_engines_are_nobody_s(upstream: Upstream, django_assert_max_num_queries: Any) -> None:
    note_failure("smollm2", "slow")
    note_answer("seller-gone")
    assert now(upstream).streak == 0
