"""What is forgotten, and what is kept."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inference.models import Call, CallState, PastUse, Probe, UsageWindow
from inference.retention import forget_old
from inference.usage import count_uses
from marketplace.listings.models import Listing
from marketplace.listings.runtime import RuntimeSample

pytestmark = pytest.mark.django_db


def call(name: str, *, days_ago: int, state: CallState = CallState.DONE, tokens: int = 5) -> Call:
    at = timezone.now() - timedelta(days=days_ago)
    return Call.objects.create(
        listing=name,
        engine="minilm",
        payer=name,
        access="free",
        slot=1,
        reserved=1,
        max_tokens=1,
        state=state,
        prompt_tokens=1,
        completion_tokens=tokens,
        started_at=at,
        ended_at=None if state == CallState.STARTED else at,
    )


def window(scope: str, days_ago: int, reserved: int = 0) -> UsageWindow:
    starts = timezone.now().date() - timedelta(days=days_ago)
    return UsageWindow.objects.create(
        scope=scope, key=f"{days_ago}", starts=starts, budget=9, spent=1, reserved=reserved
    )


def test_uses_stay_counted_when_their_calls_are_forgotten() -> None:
    for days_ago in (100, 93, 91):
        call("baai/BGE-m3", days_ago=days_ago)
    call("BAAI/bge-m3", days_ago=95, state=CallState.FAILED, tokens=0)
    count_uses()
    before = Listing.objects.get(name="BAAI/bge-m3")
    assert before.uses == 3
    assert forget_old() == 3
    assert forget_old() == 0
    assert Call.objects.count() == 1
    assert list(PastUse.objects.values_list("listing", "uses")) == [("baai/bge-m3", 2)]
    count_uses()
    after = Listing.objects.get(name="BAAI/bge-m3")
    assert (after.uses, after.trend) == (3, before.trend)


def test_calls_that_delivered_nothing_are_kept_a_month_and_open_ones_until_they_are_closed() -> None:
    call("a/b", days_ago=33, state=CallState.FAILED, tokens=0)
    kept = [
        call("a/b", days_ago=30, state=CallState.FAILED, tokens=0),
        call("a/b", days_ago=32, state=CallState.STOPPED),
        call("a/b", days_ago=100, state=CallState.STARTED, tokens=0),
    ]
    assert forget_old() == 1
    assert set(Call.objects.all()) == set(kept)
    assert not PastUse.objects.exists()


def test_windows_are_kept_as_long_as_a_limit_looks_back() -> None:
    for scope, days_ago in (("all", 8), ("block", 8), ("wallet", 8), ("holder", 401)):
        window(scope, days_ago)
    kept = [window("all", 7), window("block", 0), window("holder", 31), window("wallet", 9, reserved=1)]
    closed = call("a/b", days_ago=9)
    closed.windows.set(UsageWindow.objects.all())
    assert forget_old() >= 4
    assert set(UsageWindow.objects.all()) == set(kept)
    assert Call.objects.get() == closed


def test_probes_are_kept_for_as_long_as_a_rating_looks_back() -> None:
    Probe.objects.create(engine="smollm2", answered=True, at=timezone.now() - timedelta(days=33))
    Probe.objects.create(engine="smollm2", answered=True, at=timezone.now() - timedelta(days=31))
    assert forget_old() == 1
    assert Probe.objects.count() == 1


def test_samples_are_kept_a_month() -> None:
    listing, now = Listing.objects.get(name="BAAI/bge-m3"), timezone.now()
    for days in (32, 30):
        RuntimeSample.objects.create(listing=listing, at=now - timedelta(days=days), asked=1, answered=1)
    assert forget_old() == 1
    assert RuntimeSample.objects.get().at == now - timedelta(days=30)
