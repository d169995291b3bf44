"""What the web process counts, and the middleware that times every view.

Labels take values from small closed sets (view names, known methods, our own words), never from what a client sends:
a label that grows with the traffic would fill the memory of this process and of whatever scrapes it.
"""

import time
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each of ours, which nobody reads

REQUESTS: Final = Histogram(
    "http_request_duration_seconds",
    "Time from entering Django's middleware to the response.",
    ["view", "method", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
REFUSALS: Final = Counter("guard_refusals", "Requests that the guard refused, by reason.", ["reason"])
PAGE_CACHE: Final = Counter("page_cache_requests", "Requests that the page cache saw, by outcome.", ["outcome"])
MEMBERS: Final = Counter(
    "member_pages",
    "Pages at bare addresses for who names a session: filled from what is kept, or made by Django.",
    ["way"],
)
VISITORS: Final = Counter(
    "visitor_pages",
    "Pages at bare addresses for visitors that the page cache did not have: filled from what is kept, or made.",
    ["way"],
)
PAGE_CACHE_BYTES: Final = Gauge("page_cache_bytes", "Bytes that the page cache holds.")
UPLOADS: Final = Gauge("uploads", "Uploads of model files that are being received now.")
UPLOAD_BYTES: Final = Counter("upload_bytes", "Bytes of model files that were received.")
DOWNLOAD_BYTES: Final = Counter("download_bytes", "Bytes of model files that were sent.")
THREADS: Final = Gauge("web_threads", "Threads that make pages.")
THREADS_BUSY: Final = Gauge("web_threads_busy", "Threads that are making a page now.")

METHODS: Final = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class MetricsMiddleware:
    """Observe each request's time under its view's name."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        response = self.get_response(request)
        view = request.resolver_match.view_name if request.resolver_match else "unmatched"
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(view, method, f"{response.status_code // 100}xx").observe(time.perf_counter() - started)
        return response
