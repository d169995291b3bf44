"""Redirects from one spelling of an address to the one that counts."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponsePermanentRedirect


def redirect_whole(request: HttpRequest, path: str) -> HttpResponsePermanentRedirect:
    """Redirect for good to a path of this site, with the query of the request: it may say who sent the visitor."""
    query = request.META["QUERY_STRING"]
    return HttpResponsePermanentRedirect(f"{path}?{query}" if query else path)
