"""Pages that belong to no app: keyboard map, commands, styleguide, and what is shown when something fails."""

import sys
from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from .access import public
from .commands import ACTIONS, PAGES
from .context import look_of
from .database import AWAY
from .errors import NotFoundError, problem, problem_of, problem_of_status, wants_problem
from .htmx import render_page

AWAY_SECONDS = 5  # after which to ask again

STYLEGUIDE: dict[str, Any] = {
    "parts": [
        {"id": "colours", "title": _("Colours"), "template": "styleguide/colours.html"},
        {"id": "type", "title": _("Type"), "template": "styleguide/type.html"},
        {"id": "slices", "title": _("The slice, and icons"), "template": "styleguide/slices.html"},
        {"id": "controls", "title": _("Controls"), "template": "styleguide/controls.html"},
        {"id": "figures", "title": _("Figures, plots and prose"), "template": "styleguide/figures.html"},
        {"id": "messages", "title": _("Messages and states"), "template": "styleguide/messages.html"},
    ],
    "colours": [
        "--bg",
        "--surface",
        "--sunken",
        "--line",
        "--edge",
        "--text",
        "--muted",
        "--link",
        "--act",
        "--act-hover",
        "--on-act",
        "--act-quiet",
        "--hover",
        "--good",
        "--wait",
        "--bad",
    ],
    "icons": [
        "search",
        "sun",
        "moon",
        "monitor",
        "menu",
        "x",
        "copy",
        "download",
        "chevron-right",
        "external-link",
        "list",
        "layout-grid",
    ],
    "steps": [
        {"title": _("Done"), "note": _("What has happened"), "filled": 1, "state": "done"},
        {"title": _("Now"), "note": _("Who acts next"), "filled": 2, "half": 1, "total": 3, "state": "now"},
        {"title": _("To come"), "state": "to-come"},
    ],
}


@public(cache_seconds=300)
def keyboard(request: HttpRequest) -> HttpResponse:
    """Show the keyboard map as a page of its own."""
    return render(request, "keyboard.html")


@public(cache_seconds=300)
def commands(request: HttpRequest) -> HttpResponse:
    """Show where the palette leads: as a page of links, or as the palette itself."""
    return render_page(request, "commands.html", {"pages": PAGES, "actions": ACTIONS}, fragments=("palette",))


@public()
def styleguide(request: HttpRequest) -> HttpResponse:
    """Show every token and component in all its states, in both themes. Routed in debug only."""
    return render(request, "styleguide.html", STYLEGUIDE)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400 with a friendly page, a toast for htmx, or a problem for programs and under ``/api/``.

    The page sees neither host nor query: one of them may be what could not be read, and would fail again.
    """
    if request.path.startswith("/api/") or wants_problem(request):
        return problem_of_status(HTTPStatus.BAD_REQUEST, instance=request.path)
    context = {**look_of(request), "request": {"htmx": request.headers.get("HX-Request") == "true"}}
    return HttpResponse(render_to_string("400.html", context), status=HTTPStatus.BAD_REQUEST)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403 with a friendly page, or a toast for htmx."""
    return _explained(request, "403.html", HTTPStatus.FORBIDDEN)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404 with a friendly page, a toast for htmx, or a problem under ``/api/``."""
    if request.path.startswith("/api/"):
        return problem_of(NotFoundError(), request)
    return _explained(request, "404.html", HTTPStatus.NOT_FOUND)


def _explained(request: HttpRequest, template: str, status: HTTPStatus) -> HttpResponse:
    """Render an error's page, or say that the request cannot be read where the page is the first to read it."""
    try:
        return render(request, template, status=status)
    except SuspiciousOperation as error:
        return bad_request(request, error)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose CSRF token does not match; ``reason`` is for the log, not for the visitor."""
    if wants_problem(request):
        return problem(HTTPStatus.FORBIDDEN, "stale-form", _("This page is too old. Reload it and try again."))
    return render(request, "csrf.html", status=HTTPStatus.FORBIDDEN)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500, or 503 where only the database was away, without context processors or database.

    A page for people, and a problem for programs and under ``/api/``.
    """
    is_away = isinstance(sys.exception(), AWAY)
    status = HTTPStatus.SERVICE_UNAVAILABLE if is_away else HTTPStatus.INTERNAL_SERVER_ERROR
    if request.path.startswith("/api/") or wants_problem(request):
        response: HttpResponse = problem_of_status(status, instance=request.path)
    else:
        context = {
            "status": int(status),
            "is_away": is_away,
            "can_retry": request.method in ("GET", "HEAD"),  # a form's address may not be one to visit
            "request_id": structlog.contextvars.get_contextvars().get("request_id", ""),
        }
        response = HttpResponse(render_to_string("500.html", context))
        response.status_code = status
    if is_away:
        response["Retry-After"] = str(AWAY_SECONDS)
    return response
