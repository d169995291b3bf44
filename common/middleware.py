"""Middleware of others, without what they do for every page and nobody here needs."""

from collections.abc import Callable
from http import HTTPStatus
from uuid import uuid4

import structlog
from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django_structlog import middlewares

EXPLAINED = (HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.NOT_FOUND)  # Django's own pages in debug have scripts


class RequestMiddleware(middlewares.RequestMiddleware):
    """Binds the request's id to each line of the log, and tells of failures; that a request began and ended,
    ``config.guard`` tells.
    """

    def prepare(self, request: HttpRequest) -> None:
        structlog.contextvars.bind_contextvars(request_id=request.META.get("HTTP_X_REQUEST_ID") or uuid4().hex)

    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        if response.streaming or hasattr(request, "_raised_exception"):
            super().handle_response(request, response)
        else:
            structlog.contextvars.clear_contextvars()


class ContentSecurityPolicyMiddleware:
    """Sends the policy of the settings, which no view changes: it is written once, not for each page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.policy = build_policy()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not (settings.DEBUG and response.status_code in EXPLAINED):
            response.setdefault(HEADER, self.policy)
        return response
