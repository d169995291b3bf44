"""Middleware for every answer: its headers, the API's errors as problems, the request's id in the log."""

from collections.abc import Callable
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Any, ClassVar
from uuid import uuid4

import structlog
from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers
from django_structlog import middlewares
from whitenoise.middleware import WhiteNoiseMiddleware

from .errors import PROBLEM_JSON, problem_of_status
from .headers import SECURITY

API = "/api/"
SERVED = {".css", ".gif", ".ico", ".jpg", ".js", ".png", ".svg", ".webmanifest", ".webp", ".woff2"}
EXPLAINED = (HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.NOT_FOUND)  # Django's own pages in debug have scripts


class SecurityHeadersMiddleware:
    """Gives every answer the headers of ``common.headers``; and what is somebody's own, or an error, is kept nowhere.

    An answer that says itself how it may be kept is left alone.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in SECURITY.items():
            response.setdefault(name, value)
        if "Cache-Control" not in response and (response.status_code >= HTTPStatus.BAD_REQUEST or is_personal(request)):
            add_never_cache_headers(response)
        return response


def is_personal(request: HttpRequest) -> bool:
    """Say whether a request identifies its sender."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES or "HTTP_AUTHORIZATION" in request.META


class ApiHeadMiddleware:
    """Answers HEAD under ``/api/`` as GET: django-ninja knows only declared methods. The server sends no body."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method != "HEAD" or not request.path.startswith(API):
            return self.get_response(request)
        request.method = "GET"
        try:
            return self.get_response(request)
        finally:
            request.method = "HEAD"


class ApiProblemMiddleware:
    """Makes a problem of every error under ``/api/`` that is not one yet, wherever it comes from."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code < HTTPStatus.BAD_REQUEST or not request.path.startswith(API):
            return response
        if response.get("Content-Type", "").partition(";")[0] != PROBLEM_JSON:
            replaced = problem_of_status(response.status_code, instance=request.path)
            response.content = replaced.content
            response["Content-Type"] = PROBLEM_JSON
            for name in ("Content-Length", "Content-Encoding", "ETag"):  # of what was replaced
                del response[name]
        return response


class SoundPathMiddleware:
    """Refuses an address with a NUL, which no text of the database can hold. The guard does so before, for the web."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path:
            raise SuspiciousOperation("a NUL in the path")
        return self.get_response(request)


class StaticMiddleware(WhiteNoiseMiddleware):
    """Serves the files that pages load, and none that merely lies next to them: manifests, maps, hidden files.

    A folder is read once a process, however many handlers there are: tests make one for each client.
    """

    files: dict[str, Any]
    _read: ClassVar[dict[tuple[str, str], dict[str, Any]]] = {}  # by folder and prefix: the files by their addresses

    def update_files_dictionary(self, root: str, prefix: str) -> None:
        if (root, prefix) not in self._read:
            super().update_files_dictionary(root, prefix)
            self._read[root, prefix] = dict(self.files)
        self.files.update(self._read[root, prefix])

    def add_file_to_dictionary(self, url: str, path: str, stat_cache: Any = None) -> None:
        if is_for_pages(url):
            super().add_file_to_dictionary(url, path, stat_cache=stat_cache)

    def find_file(self, url: str) -> Any:
        return super().find_file(url) if is_for_pages(url) else None


def is_for_pages(url: str) -> bool:
    """Say whether a browser has a use for the file at an address."""
    path = PurePosixPath(url)
    return path.suffix in SERVED and not any(part.startswith(".") for part in path.parts)


class RequestMiddleware(middlewares.RequestMiddleware):
    """Binds the request's id to each line of the log, and logs failures; that a request began and ended is
    logged by ``config.guard``.
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
