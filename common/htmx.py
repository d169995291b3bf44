"""A page, or the one fragment of it that htmx asked for."""

from collections.abc import Callable, Collection, Hashable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from .kept import Own, kept_page


def fragment_of(request: HttpRequest) -> str:
    """Return the DOM id of the element that htmx will replace with the answer; empty for a whole page."""
    details = getattr(request, "htmx", None)
    return (details.target or "").partition("#")[2] if details else ""


def render_page(
    request: HttpRequest, template: str, context: dict[str, Any], *, fragments: Collection[str] = ()
) -> HttpResponse:
    """Render ``template``, or its partial named like the asked-for fragment where that is one of ``fragments``."""
    fragment = fragment_of(request)
    response = render(request, f"{template}#{fragment}" if fragment in fragments else template, context)
    return _varied(response, fragments)


def render_kept(
    request: HttpRequest,
    template: str,
    key: Hashable,
    shown: Callable[[], dict[str, Any]],
    own: Own | Mapping[str, Any] | None = None,
    *,
    fragments: Collection[str] = (),
) -> HttpResponse:
    """Answer a request for none of the ``fragments`` with a whole page that is kept for ``key`` (common.kept)."""
    return _varied(kept_page(request, template, key, shown, own), fragments)


def _varied(response: HttpResponse, fragments: Collection[str]) -> HttpResponse:
    if fragments:
        # One address gives pages and fragments, and a cache must not mix them up.
        patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response
