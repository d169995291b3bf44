"""Asks whoever has not accepted the terms as they stand, wherever they would write or see what is theirs."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from common.access import MARK, READS, asked_from
from common.errors import answer_of, wants_problem

from .errors import TermsChangedError

BEFORE = "before_terms"  # the attribute of a view that is open before
API = "/api/"


def before_terms(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let a view be used by who has not accepted the terms: to accept them, or to leave with what is theirs."""
    setattr(view, BEFORE, True)
    return view


class AcceptanceMiddleware:
    """Leads people to the terms and answers programs 403. Reading what is public stays open."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: object, kwargs: object
    ) -> HttpResponse | None:
        """Answer in the view's place where the terms come first: before any write, and before a page of their own."""
        reads = request.method in READS
        is_page = not getattr(request, "htmx", None) and not wants_problem(request)
        # Before the user: a public page that looks at them could not be shared.
        if reads and (not is_page or getattr(view, MARK, "public") == "public"):
            return None
        if getattr(view, BEFORE, False) or settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        return _ask(request) if getattr(request.user, "owes_acceptance", False) else None


def _ask(request: HttpRequest) -> HttpResponse:
    if request.path.startswith(API) or wants_problem(request):
        return answer_of(TermsChangedError(), request)
    if details := getattr(request, "htmx", None):
        return HttpResponseClientRedirect(_page_for(asked_from(details)))
    return HttpResponseRedirect(_page_for(request.get_full_path() if request.method in ("GET", "HEAD") else "/"))


def _page_for(path: str) -> str:
    return f"{reverse('accept-terms')}?{urlencode({'next': path})}"
