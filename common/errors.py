"""The one family of errors that a person can act on, and how they are shown (RFC 9457)."""

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

PROBLEM_JSON = "application/problem+json"
NOT_READ = _("This request could not be read: something in its address, its headers or its body is malformed.")
SERVER_FAILED = _("Something broke on our side. It is recorded, and nothing was half saved.")
SENTENCES: dict[int, StrOrPromise] = {
    HTTPStatus.FORBIDDEN: _("This is not yours to do."),
    HTTPStatus.NOT_FOUND: _("There is nothing here by that name."),
    HTTPStatus.METHOD_NOT_ALLOWED: _("This address does not take that method; the header Allow names those it takes."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _("The request is larger than this site accepts."),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: _("This address takes JSON: send it as application/json."),
    HTTPStatus.SERVICE_UNAVAILABLE: _("The site is busy. Try again in a moment."),
}
Answer = TypeVar("Answer", bound=HttpResponse)


class DomainError(Exception):
    """Something was asked for that cannot be done.

    ``detail`` is a full sentence for the person who asked; ``data`` holds the values behind it, for programs.
    Subclasses name the case by ``code`` (kebab-case, stable) and ``status`` (HTTP).
    """

    code = "domain-error"
    status = HTTPStatus.BAD_REQUEST
    detail: StrOrPromise = ""

    def __init__(self, detail: StrOrPromise | None = None, **data: object) -> None:
        self.detail = detail or self.detail
        self.data = data
        super().__init__(str(self.detail))


class NotSignedInError(DomainError):
    """This needs a signed-in wallet."""

    code = "not-signed-in"
    status = HTTPStatus.UNAUTHORIZED
    detail = _("Sign in with your wallet first.")


class ForeignRequestError(DomainError):
    """A write that carries the session's cookie without the page's token."""

    code = "csrf-failed"
    status = HTTPStatus.FORBIDDEN
    detail = _("This request does not carry the token of a page of this site.")


class NotFoundError(DomainError):
    """There is nothing at that name."""

    code = "not-found"
    status = HTTPStatus.NOT_FOUND
    detail = _("There is nothing here by that name.")


def problem(
    status: int, code: str, detail: StrOrPromise, *, instance: str = "", data: dict[str, object] | None = None
) -> JsonResponse:
    """Return an ``application/problem+json`` answer; ``code`` is the stable part that programs compare."""
    body = {
        "type": f"urn:citrate:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "code": code,
        "detail": str(detail),
    }
    if instance:
        body["instance"] = instance
    return JsonResponse({**body, **(data or {})}, status=status, content_type=PROBLEM_JSON)


def problem_of_status(status: int, *, instance: str = "") -> JsonResponse:
    """Return the problem+json answer for an error that Django, or a package, knows by its number alone."""
    code = HTTPStatus(status).phrase.lower().replace(" ", "-").replace("'", "")
    detail = SENTENCES.get(status, SERVER_FAILED if status >= HTTPStatus.INTERNAL_SERVER_ERROR else NOT_READ)
    return problem(status, code, detail, instance=instance)


def problem_of(error: DomainError, request: HttpRequest) -> JsonResponse:
    """Return the problem+json answer for ``error``."""
    response = problem(error.status, error.code, error.detail, instance=request.path, data=error.data)
    return _timed(response, error)


def answer_of(error: DomainError, request: HttpRequest) -> HttpResponse:
    """Return the friendly page for ``error``, a fragment for htmx, or a problem for programs and under ``/api/``."""
    if request.path.startswith("/api/") or wants_problem(request):
        return problem_of(error, request)
    return _timed(render(request, "error.html", {"error": error}, status=error.status), error)


def _timed(response: Answer, error: DomainError) -> Answer:
    """Say when to come back, where the error does: the very figure that its sentence names."""
    if "retry_after" in error.data:
        response["Retry-After"] = str(error.data["retry_after"])
    return response


def wants_problem(request: HttpRequest) -> bool:
    """Say whether a program asks, which reads problem+json, and not a person who reads pages."""
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


class DomainErrorMiddleware:
    """Turn a DomainError that a view raised into the friendly page of its status, a fragment for htmx, or a problem."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return answer_of(error, request) if isinstance(error, DomainError) else None
