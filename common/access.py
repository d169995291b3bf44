"""Who may open a view. Every view carries exactly one mark; a test fails where one is missing."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

View = Callable[..., HttpResponse]
Operation = TypeVar("Operation", bound=Callable[..., object])


def public(cache_seconds: int = 0) -> Callable[[View], View]:
    """Mark a view that anyone may open.

    With ``cache_seconds`` the answer is the same for every anonymous visitor and may be kept that long by
    shared caches, our own page cache among them; browsers ask again each time.
    """

    def mark(view: View) -> View:
        @wraps(view)
        def marked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            response = view(request, *args, **kwargs)
            if cache_seconds and response.status_code == 200:
                patch_cache_control(response, public=True, max_age=0, s_maxage=cache_seconds)
            return response

        marked.access = "public"  # type: ignore[attr-defined]
        return marked

    return mark


def public_api(operation: Operation) -> Operation:
    """Mark an API operation that anyone may call."""
    operation.access = "public"  # type: ignore[attr-defined]
    return operation
