"""Requests are counted under names from a closed set."""

import asyncio

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, RequestFactory
from prometheus_client import REGISTRY

from common.metrics import MetricsMiddleware

pytestmark = pytest.mark.django_db  # the indexer's gauges are read from it


def counted(view: str, method: str = "GET", status: str = "2xx") -> float:
    """Return how many requests the histogram has under these labels."""
    labels = {"view": view, "method": method, "status": status}
    return REGISTRY.get_sample_value("http_request_duration_seconds_count", labels) or 0


def test_a_request_is_counted_under_its_views_name(client: Client) -> None:
    before = counted("healthz")
    client.get("/healthz?anything=1")
    assert counted("healthz") == before + 1


def test_so_is_one_through_djangos_other_door(async_client: AsyncClient) -> None:
    before = counted("healthz")
    asyncio.run(async_client.get("/healthz"))
    assert counted("healthz") == before + 1


@pytest.mark.parametrize("path", ["/.env", "/wp-login.php", "/x/y/z"])
def test_paths_that_lead_nowhere_share_one_name(path: str) -> None:
    before = counted("unmatched", status="4xx")
    MetricsMiddleware(lambda request: HttpResponse(status=404))(RequestFactory().get(path))
    assert counted("unmatched", status="4xx") == before + 1


def test_made_up_methods_share_one_name() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=405)

    before = counted("unmatched", "other", "4xx")
    for method in ("BREW", "PROPFIND"):
        MetricsMiddleware(view)(RequestFactory().generic(method, "/"))
    assert counted("unmatched", "other", "4xx") == before + 2
