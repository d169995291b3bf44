"""Tells programs how often they may ask, and stops those that search more often than a person can.

Searches are counted here for pages, suggestions, feeds and the API alike. What the page cache answers never comes so
far, and does not count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from .errors import answer_of
from .limits import TooManyError, take_client
from .traces import spoil

API = "/api/v1/"
SEARCHES = (API, "/search/", "/feeds/", "/compare")
QUERIED = ("/models", "/dao")  # here, and below, where there is a query: bare pages are kept, or cheap


class RateLimitMiddleware:
    """Count the requests of a network address; every answer of the API says what is left."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        client = str(request.META.get("REMOTE_ADDR", ""))
        taken = take_client(client, {kind: settings.RATES[kind] for kind in kinds_of(request)})
        if not taken:
            return self.get_response(request)
        spoil()  # or nobody would count it the next time
        # A program that keeps within the scarcest allowance keeps within all.
        least = min(taken, key=lambda each: each.left)
        refused = least.left < 0
        response = answer_of(TooManyError(least.resets), request) if refused else self.get_response(request)
        for name, value in least.headers.items() if request.path.startswith(API) else ():
            response[name] = value
        return response


def kinds_of(request: HttpRequest) -> Iterator[str]:
    """Yield what a request counts as, which are names in ``settings.RATES``."""
    if request.path.startswith(API):
        yield "api"
    if request.path.startswith(SEARCHES) or (request.path.startswith(QUERIED) and request.META.get("QUERY_STRING")):
        yield "search"
