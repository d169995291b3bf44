"""What is used stands first among the most used, and what is used now among the trending."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inference.models import Call, CallState
from inference.usage import count_days, count_uses
from marketplace.listings.models import Listing
from marketplace.listings.runtime import DAYS, ListingRuntime, RuntimeState
from marketplace.search.search import Search

pytestmark = pytest.mark.django_db


def call(name: str, *, days_ago: int, state: CallState = CallState.DONE, tokens: int = 5) -> None:
    at = timezone.now() - timedelta(days=days_ago)
    Call.objects.create(
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
        ended_at=at,
    )


def test_uses_are_counted_and_trends_fade_by_half_in_a_week() -> None:
    for _ in range(3):
        call("baai/BGE-m3", days_ago=28)
    call("intfloat/e5-base", days_ago=0)
    call("openai/whisper-tiny", days_ago=0, state=CallState.FAILED, tokens=0)
    assert count_uses() == 2
    assert count_uses() == 0
    uses = dict(Listing.objects.filter(uses__gt=0).order_by("-uses").values_list("name", "uses"))
    assert uses == {"BAAI/bge-m3": 3, "intfloat/e5-base": 1}
    assert Listing.objects.get(name="BAAI/bge-m3").trend == pytest.approx(3 / 16, abs=0.01)
    assert [item.name for item in Search(sort="most-used").page(limit=2).items] == list(uses)
    assert [item.name for item in Search(sort="trending").page(limit=2).items] == list(reversed(uses))
    Call.objects.all().delete()
    assert count_uses() == 2
    assert not Listing.objects.filter(uses__gt=0).exists()


def test_calls_of_thirty_days_are_kept_by_day_for_what_runs_here() -> None:
    now = timezone.now()
    for name in ("BAAI/bge-m3", "intfloat/e5-base"):
        listing = Listing.objects.get(name=name)
        ListingRuntime.objects.create(listing=listing, state=RuntimeState.READY, state_since=now, checked_at=now)
    call("baai/BGE-M3", days_ago=0)
    call("baai/BGE-M3", days_ago=0)
    call("baai/BGE-M3", days_ago=DAYS - 1)
    call("baai/BGE-M3", days_ago=DAYS)
    call("baai/BGE-M3", days_ago=1, state=CallState.FAILED, tokens=0)
    assert count_days() == 1
    assert count_days() == 0
    used = ListingRuntime.objects.get(listing__name="BAAI/bge-m3")
    assert used.calls_by_day == [1, *[0] * (DAYS - 2), 2]
    assert (used.calls, used.sales) == (3, 0)
    assert ListingRuntime.objects.get(listing__name="intfloat/e5-base").calls_by_day == []
