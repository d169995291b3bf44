"""What is written down every ten minutes, once and never changed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from inference.models import Call, CallState, EngineName, Mode, Probe, Upstream
from inference.sampling import LOOK_BACK, write_samples
from marketplace.listings.models import Listing
from marketplace.listings.runtime import SAMPLE, RuntimeSample

pytestmark = pytest.mark.django_db
CHAT, EMBEDS = "BAAI/bge-m3", "BAAI/bge-base-en-v1.5"


@pytest.fixture(autouse=True)
def _upstreams() -> None:
    Upstream.objects.create(listing=CHAT.lower(), engine=EngineName.SMOLLM2, mode=Mode.CHAT)
    Upstream.objects.create(listing=EMBEDS, engine=EngineName.MINILM, mode=Mode.EMBEDDINGS)


def ten_minutes(back: int) -> datetime:
    """Return when ten minutes began that are over: the last ones, or so many before them."""
    over = timezone.now() - timedelta(minutes=2) - (back + 1) * SAMPLE
    return over - timedelta(seconds=over.timestamp() % SAMPLE.total_seconds())


def probe(at: datetime, first: int | None = 100, engine: str = EngineName.SMOLLM2) -> None:
    speed = 10.0 if first and engine == EngineName.SMOLLM2 else None
    measured = {"answered": first is not None, "first_token_ms": first, "tokens_per_second": speed}
    Probe.objects.create(engine=engine, at=at, **measured)


def call(at: datetime, first: int, listing: str = CHAT) -> None:
    """Answer 21 tokens in two seconds after the first."""
    ended = at + timedelta(milliseconds=first + 2_000)
    spent = {"reserved": 50, "max_tokens": 40, "prompt_tokens": 10, "completion_tokens": 21, "first_token_ms": first}
    whose = {"listing": listing, "engine": EngineName.SMOLLM2, "payer": "x", "access": "free", "slot": 1}
    Call.objects.create(**whose, **spent, state=CallState.DONE, started_at=at, ended_at=ended)


def written(listing: str) -> list[tuple[object, ...]]:
    fields = ("at", "asked", "answered", "first_token_ms", "tokens_per_second")
    return list(RuntimeSample.objects.filter(listing__name=listing).order_by("at").values_list(*fields))


def test_checks_are_summed_up_for_every_listing_of_their_engine() -> None:
    at = ten_minutes(1)
    for first in (100, 300, None):
        probe(at + timedelta(minutes=1), first)
    probe(at, 12, EngineName.MINILM)
    assert write_samples() == 2
    assert written(CHAT) == [(at, 3, 2, 200, 10.0)]
    assert written(EMBEDS) == [(at, 1, 1, 12, None)]


def test_real_calls_say_more_than_checks() -> None:
    at = ten_minutes(1)
    probe(at, 100)
    call(at + timedelta(minutes=3), 500, CHAT.upper())
    assert write_samples() == 1
    assert written(CHAT) == [(at, 1, 1, 500, pytest.approx(10.0))]


def test_an_engine_too_busy_to_be_checked_is_measured_by_its_calls() -> None:
    at = ten_minutes(1)
    call(at, 500)
    write_samples()
    assert written(CHAT) == [(at, 0, 0, 500, pytest.approx(10.0))]


def test_ten_minutes_are_written_once_when_they_are_over() -> None:
    before, last = ten_minutes(1), ten_minutes(0)
    probe(before)
    probe(timezone.now())
    assert write_samples() == 1
    probe(last)
    assert write_samples() == 1
    probe(before, 900)
    probe(last, 900)
    assert write_samples() == 0
    assert [row[:2] for row in written(CHAT)] == [(before, 1), (last, 1)]


def test_what_nobody_wrote_down_is_made_up_for_a_day() -> None:
    probe(ten_minutes(LOOK_BACK // SAMPLE + 3))
    probe(ten_minutes(30))
    assert write_samples() == 1


def test_an_upstream_without_a_listing_is_left_out() -> None:
    Listing.objects.get(name=CHAT).delete()
    probe(ten_minutes(1))
    assert write_samples() == 0
