"""Who may open a view. Every view carries exactly one mark; a test fails where one is missing."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar, cast
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.cache import add_never_cache_headers, get_max_age, patch_cache_control
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails
from ninja.utils import check_csrf

from .errors import ForeignRequestError, NotSignedInError, problem_of, wants_problem

View = Callable[..., HttpResponse]
Operation = TypeVar("Operation", bound=Callable[..., object])
READS = ("GET", "HEAD", "OPTIONS")
MARK = "access"  # the attribute that tells who may open a view


def _marked(view: Operation, who: str) -> Operation:
    setattr(view, MARK, who)
    return view


def public(cache_seconds: int = 0) -> Callable[[View], View]:
    """Mark a view that anyone may open.

    With ``cache_seconds`` the answer is the same for every anonymous visitor and may be kept that long by
    shared caches, our own page cache among them; browsers ask again each time. An answer that says a ``max-age`` of
    its own, in seconds, is kept no longer than that.
    """

    def mark(view: View) -> View:
        @wraps(view)
        def marked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            response = view(request, *args, **kwargs)
            # An error is never kept: it may be over by the next request.
            if cache_seconds and response.status_code == 200:
                seconds = min(cache_seconds, get_max_age(response) or cache_seconds)
                patch_cache_control(response, public=True, max_age=0, s_maxage=seconds)
            return response

        return _marked(marked, "public")

    return mark


def public_api(operation: Operation) -> Operation:
    """Mark an API operation that anyone may call."""
    return _marked(operation, "public")


def member(view: View) -> View:
    """Mark a view that a signed-in wallet may open. Others are asked to sign in, and come back to it."""

    @wraps(view)
    def marked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = view(request, *args, **kwargs) if request.user.is_authenticated else _ask_to_sign_in(request)
        # The redirect as well: if it were kept, signing in would lead back to the sign-in.
        add_never_cache_headers(response)
        return response

    return _marked(marked, "member")


def staff(view: View) -> View:
    """Mark a view that a signed-in member of the staff may open; others are refused."""

    @member
    @wraps(view)
    def marked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not request.user.is_staff:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return _marked(marked, "staff")


def member_api(operation: Operation) -> Operation:
    """Mark an API operation that a signed-in wallet may call; others get a 401 problem.

    One that writes is refused where another site has the browser send it: the session's cookie alone proves nothing.
    """

    @wraps(operation)
    def marked(request: HttpRequest, *args: object, **kwargs: object) -> object:
        if not request.user.is_authenticated:
            raise NotSignedInError
        if request.method not in READS and check_csrf(request):
            raise ForeignRequestError
        return operation(request, *args, **kwargs)

    return _marked(cast(Operation, marked), "member")


def _ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """Answer someone who is not signed in: a redirect for people, one that htmx follows, a 401 for programs."""
    # A plain redirect would be followed unseen, and the sign-in page would land in a fragment.
    if details := getattr(request, "htmx", None):
        return HttpResponseClientRedirect(_sign_in_for(asked_from(details)))
    if wants_problem(request):
        return problem_of(NotSignedInError(), request)
    # A POST cannot be repeated after signing in, so it ends at the home page.
    return HttpResponseRedirect(_sign_in_for(request.get_full_path() if request.method in ("GET", "HEAD") else "/"))


def asked_from(details: HtmxDetails) -> str:
    """Return the path of the page that htmx asks from; the home page where it names none of ours."""
    try:
        return details.current_url_abs_path or "/"
    except ValueError:
        return "/"


def _sign_in_for(path: str) -> str:
    return f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': path})}"
