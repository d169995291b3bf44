"""The upstreams of a model side by side: on its page, and for programs."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from inference.models import Upstream, UpstreamState
from inference.upstream_table import upstream_rows
from marketplace.listings.models import Listing
from marketplace.listings.performance import Performance

from .conftest import CHAT
from .test_choosing import at, sellers_alone

__all__ = ["sellers_alone"]
pytestmark = [pytest.mark.xdist_group("engine"), pytest.mark.usefixtures("listings")]
PAGE = f"/models/{CHAT}/upstreams"


def measured(name: str, version: str, first: int, days_ago: int, measured: int = 40, **more: Any) -> None:
    now = timezone.now()
    Performance.objects.create(
        listing=Listing.objects.get(name=CHAT),
        version=version,
        engine=f"seller-{name}",
        since=now,
        until=now,
        last_at=now - timedelta(days=days_ago),
        asked=measured,
        answered=measured,
        calls=0,
        succeeded=0,
        measured=measured,
        first_p50_ms=first,
        first_p95_ms=2 * first,
        written=measured,
        speed_p50=12_600,
        formula=1,
        **more,
    )


def days(*told: list[Any]) -> list[list[Any]]:
    """Return stored days: each begins with how many days ago it was."""
    today = timezone.now().date()
    return [[(today - timedelta(days=ago)).isoformat(), *counts] for ago, *counts in told]


def test_each_has_the_figures_of_what_it_answered_last() -> None:
    at("http://127.0.0.1:9/v1", "one", place=1, retains=False, cost_micros=200)
    at("http://127.0.0.1:9/v1", "two", place=2, state=UpstreamState.DRAINED, cost_micros=100)
    at("http://127.0.0.1:9/v1", "off", place=3, state=UpstreamState.OFF)
    measured("one", "1.0.0", 900, 9)
    measured("one", "1.1.0", 300, 1)
    measured("two", "1.1.0", 100, 1, measured=19)
    one, two = upstream_rows(CHAT)
    assert (one.name, one.retains, one.first_p50_ms, one.by_price) == ("seller-one", False, 300, 2)
    assert [each.replace("\xa0", " ") for each in one.said] == ["300 ms", "600 ms", "13", "–", "100 %"]
    assert (two.retains, two.by_price, two.said) == (None, 1, ["–", "–", "–", "–", "–"])


def test_the_page_shows_them_and_asks_little(client: Client, django_assert_max_num_queries: Any) -> None:
    at("http://127.0.0.1:9/v1", "one", retains=True)
    at("http://127.0.0.1:9/v1", "two", cost_micros=7_777_777)
    with django_assert_max_num_queries(8):
        page = client.get(PAGE, headers={"HX-Request": "true", "HX-Target": "p#upstreams"}).content.decode()
    assert page.lstrip().startswith("<section")
    assert "seller-one" in page
    assert "127.0.0.1" not in page
    assert "7777777" not in page
    assert client.get(PAGE).status_code == 200
    assert client.get("/models/nobody/nothing/upstreams").status_code == 404
    Upstream.objects.all().delete()
    assert client.get(PAGE).status_code == 404


def test_its_days_are_plots_on_the_page_and_figures_for_programs(client: Client) -> None:
    at("http://127.0.0.1:9/v1", "one")
    at("http://127.0.0.1:9/v1", "two")
    # Two releases on one day add up, what was kept before times were is counted, and too few say nothing.
    measured("one", "1.0.0", 300, 9, days=days([3, 9, 9, 0, 0], [2, 50, 50, 0, 0, 20, 500, 20, 9_000]))
    measured(
        "one", "1.1.0", 300, 1, days=days([2, 10, 9, 30, 30, 30, 400, 19, 8_000], [0, 5, 5, 1, 1, 19, 90, 0, None])
    )
    measured("two", "1.1.0", 100, 1, days=days([0, 5, 5, 0, 0, 5, 90, 0, None]))
    shown = client.get(f"/api/v1/listings/{CHAT}/performance").json()["items"][0]["days"]
    assert [list(each.values())[1:] for each in shown] == [
        [9, 9, 0, 0, None, None],
        [60, 59, 30, 30, 400, 9.0],
        [5, 5, 1, 1, None, None],
    ]
    page = client.get(PAGE).content.decode()
    assert "seller-one: 30 days as plots" in page
    assert "seller-two: 30 days" not in page  # of one day nothing is drawn
    assert page.count("<polyline") == 2
    assert page.count('<rect class="missed"') == 1
    assert page.count('<rect class="whole"') == 2
    assert "it answered 73 of 74 checks. First token, p50: 400" in page.replace("\xa0", " ")


def test_a_comparison_draws_the_upstreams_of_each_model_on_one_scale(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    at("http://127.0.0.1:9/v1", "one")
    measured(
        "one", "1.0.0", 300, 1, days=days([3, 50, 50, 0, 0, 20, 500, 20, 9_000], [2, 50, 49, 0, 0, 20, 400, 20, 8_000])
    )
    place = "/compare/upstreams"
    comparison = client.get("/compare", {"m": [CHAT]}).content.decode()
    assert place not in comparison  # of one there is nothing to compare
    assert "None of these models has more than one" in client.get(place, {"m": [CHAT]}).content.decode()
    at("http://127.0.0.1:9/v1", "two")
    measured("two", "1.0.0", 90, 1, days=days([3, 50, 50, 0, 0, 20, 5, 20, 900], [2, 50, 50, 0, 0, 20, 4, 20, 800]))
    link = client.get("/compare", {"m": [CHAT]}).content.decode().partition(place)[2].partition('"')[0]
    with django_assert_max_num_queries(12):
        page = client.get(place + link, headers={"HX-Request": "true", "HX-Target": "p#upstreams"}).content.decode()
    assert page.lstrip().startswith("<section")
    assert [f"seller-{name}: 30 days as plots" in page for name in ("one", "two")] == [True, True]
    assert page.count("<polyline") == 4
    assert page.count('<rect class="missed"') == 1
    # Both have the scale of the slower.
    labels = re.findall(r'<text x="0" y="[0-9.]+">([^<]+)</text>', page)
    assert {labels.count(label) % 2 for label in labels if "/" not in label} == {0}
    assert "600" in labels
    assert "127.0.0.1" not in page
    # Unknown names, and too many, are left out.
    odd = client.get(place, {"m": ["\x00", "nobody/nothing", CHAT, *map(str, range(9))]})
    assert (odd.status_code, "seller-two" in odd.content.decode()) == (200, True)


def test_programs_read_the_same(client: Client) -> None:
    at("http://127.0.0.1:9/v1", "one", retains=False, cost_micros=200)
    measured("one", "1.1.0", 300, 1)
    (item,) = client.get(f"/api/v1/listings/{CHAT}/performance").json()["items"]
    assert item.pop("days") == []
    assert item == {
        "name": "seller-one",
        "runs_at": "seller",
        "version": "1.1.0",
        "state": "healthy",
        "retains": False,
        "price_place": None,
        "first_token_p50_ms": 300,
        "first_token_p95_ms": 600,
        "tokens_per_second_p50": 12.6,
        "success": None,
        "uptime": 1.0,
        "rating": None,
    }
    assert client.get("/api/v1/listings/nobody/nothing/performance").status_code == 404
